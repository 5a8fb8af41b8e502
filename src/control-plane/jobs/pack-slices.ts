import { setImmediate } from 'node:timers/promises'
import { type PackPlace, packSlices } from '../../store/pack-slices.ts'
import { FINAL_AFTER_MS } from '../availability/read-time.ts'
import type { Job } from './job-runner.ts'

const EVERY_MS = 600_000
/** Whole hours, once no answer changes them and no batch of a node that is well is on its way. */
const HOUR_MS = 3_600_000
const SETTLED_MS = FINAL_AFTER_MS + 120_000
/** Some ten milliseconds: a step holds up whoever writes. */
const ROWS_A_STEP = 2000
/** Some seconds: what a store from before packing holds is taken bit by bit, and no other job waits long. */
const ROWS_A_RUN = 1_000_000

/**
 * Packs the slices of each hour that is over into the rows of their days, and so what came later to earlier ones. A run
 * that a node leaves unfinished costs nothing: whatever is a row still is packed by the next.
 */
export const slicePacking: Job = {
  name: 'pack-slices',
  forgetful: true,
  periods: (_db, nowMs) => [new Date(nowMs - (nowMs % EVERY_MS)).toISOString()],
  async run(_period, step) {
    let place: PackPlace | undefined
    let packed = 0
    do {
      const { rows, next } = await step((trx, nowMs) => {
        const settledMs = nowMs - SETTLED_MS
        const beforeMs = settledMs - (settledMs % HOUR_MS)
        return packSlices(trx, { place, beforeMs, mostRows: ROWS_A_STEP })
      })
      packed += rows
      place = next
      // SQLite answers within the tick: others have their turn here.
      await setImmediate()
    } while (place !== undefined && packed < ROWS_A_RUN)
  },
}
