import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type Running, onLoadCore } from './gateways.ts'

const run = promisify(execFile)
const CONNECTIONS = 64

/** So long V8 still compiles what a gateway runs, on the core that the gateway has: less measures the compiler. */
export const WARM_SECONDS = 20

/** Loads a gateway through keep-alive connections that each ask again once they are answered. */
export async function wrk({ url, headers }: Running, seconds: number) {
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
