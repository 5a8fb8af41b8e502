import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Figures } from '../rounds.ts'
import { type Running, onLoadCore } from './gateways.ts'

const run = promisify(execFile)

/** Half of what the slowest can carry, so that the wait is the server's and not the queue's. */
export const OPEN_LOOP_RATE = 1000

/** Requests at a fixed rate for three seconds. */
export async function openLoop({ url, headers }: Running): Promise<Figures> {
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
