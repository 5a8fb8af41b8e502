import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** `weir` as a process of its own, as an operator would start it. */
export interface WeirProcess {
  readonly child: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  /** Resolves with the match when either output shows `pattern`; rejects if the process ends before. */
  shows(pattern: RegExp): Promise<RegExpMatchArray>
  /** Resolves with its exit status, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  /** Sends the signal and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>
}

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

export function startProcess(args: readonly string[], env: NodeJS.ProcessEnv = {}): WeirProcess {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => (stdout += part))
  child.stderr.setEncoding('utf8').on('data', (part: string) => (stderr += part))
  const ended = once(child, 'close').then(
    ([code, signal]: unknown[]) => (code ?? signal) as number | NodeJS.Signals,
  )

  return {
    child,
    ended,
    stdout: () => stdout,
    stderr: () => stderr,
    shows(pattern) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const match = (stdout + stderr).match(pattern)
          if (match) resolve(match)
        }
        child.stdout.on('data', look)
        child.stderr.on('data', look)
        void ended.then(status => reject(new Error(`ended with ${status}: ${stdout}${stderr}`)))
        look()
      })
    },
    async end(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
  }
}

export interface CommandRun {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** `weir` run to its end, with all of its input at once. */
export async function runCommand(args: readonly string[], input = ''): Promise<CommandRun> {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
  })
  child.stdin.end(input)
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ])
  return { status, stdout, stderr }
}

/** The addresses in the log line that says that it serves. */
export async function addressesOf(weir: WeirProcess): Promise<{ gateway: string; control: string }> {
  const [, gateway, control] = await weir.shows(/"gateway":"([^"]+)","control":"([^"]+)"/)
  return { gateway: gateway!, control: control! }
}
