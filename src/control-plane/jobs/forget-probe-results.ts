import { monthsLater } from '../../core/time/month.ts'
import { forgetProbeResults } from '../../store/probe-results.ts'
import type { Job } from './job-runner.ts'

/**
 * A month that closes is judged, and so are the three before it once more: four months and the hours of grace. The rest is
 * for a close that is late.
 */
const KEPT_MONTHS = 7
/** Few enough that a step holds up nobody. */
const A_STEP = 2000

/** Once a day: results of probes that no month is judged by any more. */
export const probeRetention: Job = {
  name: 'forget-probe-results',
  forgetful: true,
  periods: (_db, nowMs) => [new Date(nowMs).toISOString().slice(0, 10)],
  async run(_period, step) {
    const forget = async () =>
      step((trx, nowMs) => forgetProbeResults(trx, monthsLater(nowMs, -KEPT_MONTHS), A_STEP))
    while ((await forget()) > 0) continue
  },
}
