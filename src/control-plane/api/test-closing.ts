import { closeMonthJob } from '../invoicing/close-month.ts'
import { startJobRunner } from '../jobs/job-runner.ts'
import type { Control } from './test-control.ts'

/** Sets the clock and lets the job close what is due; resolves with the errors it logged. */
export async function closeUntil(control: Control, until: string): Promise<string[]> {
  control.time.nowMs = Date.parse(until)
  const errors: string[] = []
  const { agreements, store, clock, usage, mails, evidenceKey } = control.deps
  const runner = startJobRunner({
    db: store.db,
    jobs: [closeMonthJob({ db: store.db, mails, agreements, usage, testClock: false, evidenceKey })],
    nodeId: 'node_1',
    clock,
    realClock: clock,
    log: { warn: (_, message) => errors.push(message), error: (_, message) => errors.push(message) },
  })
  await runner.runDue()
  await runner.stop()
  return errors
}
