import { forgetDeliveries } from '../../store/deliveries.ts'
import type { Job } from './job-runner.ts'

const DAY_MS = 24 * 3600 * 1000
/** Answers of receivers may hold personal data, and nobody looks for a delivery that long. */
const KEPT_MS = 30 * DAY_MS
/** Few enough that a step holds up nobody. */
const A_STEP = 500

/** Once a day: the log of deliveries forgets what is older than 30 days, and so does the outbox. */
export const deliveryRetention: Job = {
  name: 'forget-deliveries',
  forgetful: true,
  periods: (_db, nowMs) => [new Date(nowMs).toISOString().slice(0, 10)],
  async run(_period, step) {
    while ((await step((trx, nowMs) => forgetDeliveries(trx, nowMs - KEPT_MS, A_STEP))) > 0) continue
  },
}
