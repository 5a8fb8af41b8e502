import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Figures, interleave } from '../rounds.ts'
import type { Result } from '../run.ts'
import { type Running, gateways, onLoadCore, startUpstream } from './gateways.ts'

const run = promisify(execFile)
const WARM_SECONDS = 2
const SECONDS = 4
const CONNECTIONS = 64
/** Half of what the slowest can carry, so that the wait is the server's and not the queue's. */
const OPEN_LOOP_RATE = 1000

/** Every gateway on one core before the same upstream: requests a second, CPU and memory, and p99 at a fixed rate. */
export async function gateway(rounds: number): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-bench-'))
  const upstream = await startUpstream(folder)
  try {
    const rows = await interleave(Object.keys(gateways), rounds, async name => {
      const running = await gateways[name]!(upstream.port, folder)
      try {
        return await measure(running)
      } finally {
        await running.stop()
      }
    })
    return [['gateway: one core, 64 keep-alive connections, small JSON', rows, 2]]
  } finally {
    await upstream.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(gateway: Running): Promise<Figures> {
  await wrk(gateway, WARM_SECONDS)
  const before = cpuSeconds(gateway.pid)
  const { requests, seconds, p50Ms, p99Ms } = await wrk(gateway, SECONDS)
  const spent = cpuSeconds(gateway.pid) - before
  const open = await openLoop(gateway)
  return {
    'requests/s': requests / seconds,
    'CPU us a request': (spent * 1e6) / requests,
    'p50 ms': p50Ms,
    'p99 ms': p99Ms,
    [`p99 ms at ${OPEN_LOOP_RATE}/s`]: open.p99Ms!,
    'memory MiB': memoryMiB(gateway.pid),
  }
}

async function wrk({ url, headers }: Running, seconds: number) {
  const fields = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const [program, ...pin] = onLoadCore
  const args = [...pin, 'wrk', '-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '--latency', ...fields, url]
  const { stdout } = await run(program, args)
  // A refused request is cheap: it would make its server look fast.
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`${url}: ${stdout}`)
  const [, requests, took] = stdout.match(/(\d+) requests in ([\d.]+)s/)!
  return {
    requests: Number(requests),
    seconds: Number(took),
    p50Ms: latency(stdout, '50'),
    p99Ms: latency(stdout, '99'),
  }
}

function latency(text: string, percent: string): number {
  const [, number, unit] = text.match(new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s)`))!
  return Number(number) * { us: 0.001, ms: 1, s: 1000 }[unit as 'us' | 'ms' | 's']
}

async function openLoop({ url, headers }: Running): Promise<Figures> {
  const [program, ...pin] = onLoadCore
  const file = new URL('./open-loop.ts', import.meta.url).pathname
  const { stdout } = await run(program, [
    ...pin,
    process.execPath,
    file,
    url,
    JSON.stringify(headers),
    String(OPEN_LOOP_RATE),
    '3',
  ])
  const figures = JSON.parse(stdout) as { p99Ms: number; wrong: number }
  if (figures.wrong > 0) throw new Error(`${url}: ${figures.wrong} answers were no 200`)
  return { p99Ms: figures.p99Ms }
}

/** User and system time in seconds of the process, its threads and its workers (proc(5), stat). */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100 + sum(workersOf(pid).map(cpuSeconds))
}

function memoryMiB(pid: number): number {
  const own = Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)![1]) / 1024
  return own + sum(workersOf(pid).map(memoryMiB))
}

function workersOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return children === '' ? [] : children.split(' ').map(Number)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0)
}
