import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** An upstream in a process of its own, with what can go wrong with one. */
export interface FaultyUpstream {
  readonly url: string
  /** With SIGKILL: from now on nobody listens. */
  kill(): Promise<void>
  /** After a kill, at the same address. */
  start(): Promise<void>
  /** Connections are taken, and nothing is answered. */
  hang(): void
  goOn(): void
  /** Every answer from now on takes so long. */
  delay(ms: number): Promise<void>
}

const program = fileURLToPath(new URL('upstream-process.ts', import.meta.url))

export async function startFaultyUpstream(): Promise<FaultyUpstream> {
  let { child, port } = await spawnUpstream(0)
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    async kill() {
      const ended = once(child, 'close')
      child.kill('SIGKILL')
      await ended
    },
    async start() {
      ;({ child, port } = await spawnUpstream(port))
    },
    hang: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    async delay(ms) {
      await fetch(`${url}/delay`, { method: 'PUT', body: String(ms) })
    },
  }
}

async function spawnUpstream(wanted: number): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, [program, String(wanted)], { stdio: ['ignore', 'pipe', 'inherit'] })
  child.stdout.setEncoding('utf8')
  const [line] = (await once(child.stdout, 'data')) as [string]
  return { child, port: Number(/\d+/.exec(line)![0]) }
}
