import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Figures, interleave } from '../rounds.ts'
import type { Result } from '../run.ts'
import { type Running, gateways, onLoadCore, startUpstream } from './gateways.ts'
import { OPEN_LOOP_RATE, openLoop } from './open-loop-run.ts'
import { cpuSeconds, memoryMiB } from './process-cost.ts'

const run = promisify(execFile)
const WARM_SECONDS = 6
const SECONDS = 4
const CONNECTIONS = 64

/** Every gateway on one core before the same upstream: requests a second, CPU and memory, and p99 at a fixed rate. */
export async function gateway(rounds: number): Promise<Result> {
  const rows = await compare(Object.keys(gateways), rounds)
  return [['gateway: one core, 64 keep-alive connections, small JSON', rows, 2]]
}

/** Those of the gateways with these names. */
export async function compare(names: readonly string[], rounds: number): Promise<Map<string, Figures>> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-bench-'))
  const upstream = await startUpstream(folder)
  try {
    return await interleave(names, rounds, async name => {
      const running = await gateways[name]!(upstream.port, folder)
      try {
        return await measure(running)
      } finally {
        await running.stop()
      }
    })
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
