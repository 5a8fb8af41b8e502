import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { cpuSeconds, memoryMiB } from '../gateway/process-cost.ts'
import { type Running, freePort, gateways, onLoadCore } from '../gateway/gateways.ts'
import { openLoop } from '../gateway/open-loop-run.ts'
import { type Figures, interleave } from '../rounds.ts'
import type { Result } from '../run.ts'

/** Ten thousand, or what the files of one process allow: a socket is one on each side of a gateway. */
const SOCKETS = Math.min(10_000, Math.floor((openFiles() - 200) / 2))
const MESSAGES_A_SECOND = 2000
const SECONDS = 5

const names = ['Weir, 1 thread', 'nginx, limit_req']

/** Thousands of open WebSockets on one core: bytes a socket, a message's way there and back, and what requests notice. */
export async function sockets(rounds: number): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-bench-'))
  const port = await freePort()
  const upstream = await startUpstream(port)
  try {
    const rows = await interleave(names, Math.min(rounds, 3), async name => {
      const running = await gateways[name]!(port, folder)
      try {
        return await measure(running)
      } finally {
        await running.stop()
      }
    })
    return [[`sockets: ${SOCKETS.toLocaleString('en')} open WebSockets, one core`, rows, 2]]
  } finally {
    upstream.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(gateway: Running): Promise<Figures> {
  const alone = await openLoop(gateway)
  const before = memoryMiB(gateway.pid)
  const clients = startClients(gateway)
  const lines = createInterface({ input: clients.stdout! })[Symbol.asyncIterator]()
  await lines.next()
  const bytes = ((memoryMiB(gateway.pid) - before) * 2 ** 20) / SOCKETS
  const idle = await openLoop(gateway)
  const cpu = cpuSeconds(gateway.pid)
  clients.stdin!.write('go\n')
  const answer = JSON.parse(String((await lines.next()).value)) as Record<string, number>
  const { p50Ms, p99Ms, wrong, messages } = answer
  if (wrong! > 0) throw new Error(`${gateway.url}: ${wrong} sockets were closed`)
  const spent = cpuSeconds(gateway.pid) - cpu
  return {
    'bytes a socket': bytes,
    'message p50 ms': p50Ms!,
    'message p99 ms': p99Ms!,
    'CPU us a message': (spent * 1e6) / messages!,
    'request p99 ms, no sockets': alone.p99Ms!,
    'request p99 ms, sockets open': idle.p99Ms!,
  }
}

/** As `ulimit -n` says it. */
function openFiles(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8')
  return Number(limits.match(/Max open files +(\d+)/)![1])
}

function startClients({ url, headers }: Running): ChildProcess {
  const file = new URL('./clients.ts', import.meta.url).pathname
  const [program, ...pin] = onLoadCore
  const address = url.replace(/^http/, 'ws').replace(/[^/]*$/, 'connect')
  return spawn(
    program,
    [
      ...pin,
      process.execPath,
      file,
      address,
      JSON.stringify(headers),
      ...[SOCKETS, MESSAGES_A_SECOND, SECONDS].map(String),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
}

async function startUpstream(port: number): Promise<ChildProcess> {
  const file = new URL('./upstream.ts', import.meta.url).pathname
  const [program, ...pin] = onLoadCore
  const child = spawn(program, [...pin, process.execPath, file, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise(resolve => child.stdout!.once('data', resolve))
  return child
}
