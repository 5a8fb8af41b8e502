import type { ControlDeps } from '../api/deps.ts'
import type { Mails } from '../channels/mail.ts'
import { closeMonthJob } from '../invoicing/close-month.ts'
import { eligibilityJob } from '../invoicing/eligibility-job.ts'
import { deliveryRetention } from './forget-deliveries.ts'
import type { Job } from './job-runner.ts'

/** What jobs may need besides the transaction and the time that each step brings. */
export type JobDeps = Pick<
  ControlDeps,
  'store' | 'sealer' | 'contracts' | 'clock' | 'log' | 'agreements' | 'testClock'
> & {
  readonly mails: Mails
}

/** Every job of Weir, in the order in which what is due at once is done. */
export function allJobs({ store, agreements, contracts, testClock }: JobDeps): Job[] {
  const invoicing = { db: store.db, agreements, testClock: testClock !== undefined }
  return [closeMonthJob(invoicing), eligibilityJob(() => contracts.inForce().contract), deliveryRetention]
}
