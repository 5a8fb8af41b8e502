import type { Step } from './job-runner.ts'

const HOLD_AGAIN_MS = 20_000

/**
 * Waits for what is read between two steps of a job, and keeps holding the job meanwhile: reading millions takes
 * longer than a transaction should, and than a silent node is taken for alive. Rejects if another node has taken over.
 */
export async function heldDuring<T>(step: Step, reading: Promise<T>): Promise<T> {
  const lost = Promise.withResolvers<never>()
  const timer = setInterval(() => void step(async () => undefined).catch(lost.reject), HOLD_AGAIN_MS)
  try {
    return await Promise.race([reading, lost.promise])
  } finally {
    clearInterval(timer)
  }
}
