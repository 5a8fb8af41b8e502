import { readFileSync, rmSync } from 'node:fs'
import { threadName } from 'node:worker_threads'

/**
 * Loaded before a Weir, in each of its threads: one that is named in a file, with milliseconds behind it, stands still
 * for so long, as in a loop that does not end. The file goes when it does.
 */
const file = process.env['HUNG_THREAD'] ?? ''
const timer = setInterval(() => {
  const [name, ms] = readOrder()?.split(':') ?? []
  if (name !== threadName) return
  rmSync(file)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(ms))
}, 10)
timer.unref()

function readOrder(): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    // Nobody is to stand still.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
