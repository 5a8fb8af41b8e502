import type { ControlDeps } from '../api/deps.ts'
import type { Mails } from '../channels/mail.ts'
import { deliveryRetention } from './forget-deliveries.ts'
import type { Job } from './job-runner.ts'

/** What jobs may need besides the transaction and the time that each step brings. */
export type JobDeps = Pick<ControlDeps, 'store' | 'sealer' | 'contracts' | 'clock' | 'log'> & {
  readonly mails: Mails
}

/** Every job of Weir, in the order in which what is due at once is done. */
export function allJobs(_deps: JobDeps): Job[] {
  return [deliveryRetention]
}
