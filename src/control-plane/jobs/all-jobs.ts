import type { Transaction } from 'kysely'
import type { Schema } from '../../store/schema.ts'
import type { ControlDeps } from '../api/deps.ts'
import type { Mails } from '../channels/mail.ts'
import { closeMonthJob } from '../invoicing/close-month.ts'
import { eligibilityJob } from '../invoicing/eligibility-job.ts'
import { addEvent } from '../../store/events.ts'
import { deliveryRetention } from './forget-deliveries.ts'
import type { Job } from './job-runner.ts'
import { type ToldAlert, usageAlertJob } from './usage-alerts.ts'

/** What jobs may need besides the transaction and the time that each step brings. */
export type JobDeps = Pick<
  ControlDeps,
  'store' | 'sealer' | 'contracts' | 'clock' | 'log' | 'agreements' | 'testClock' | 'usage'
> & {
  readonly mails: Mails
}

/** Every job of Weir, in the order in which what is due at once is done. */
export function allJobs({ store, agreements, contracts, testClock, usage }: JobDeps): Job[] {
  const contract = () => contracts.inForce().contract
  const invoicing = { db: store.db, agreements, testClock: testClock !== undefined }
  return [
    closeMonthJob({ ...invoicing, usage }),
    eligibilityJob(contract),
    usageAlertJob({ db: store.db, agreements, reader: usage, contract, tell: tellOfUsage }),
    deliveryRetention,
  ]
}

async function tellOfUsage(
  trx: Transaction<Schema>,
  { organizationId, atMs, ...alert }: ToldAlert,
): Promise<void> {
  await addEvent(trx, { type: 'usage.threshold', organizationId, atMs, data: { organizationId, ...alert } })
}
