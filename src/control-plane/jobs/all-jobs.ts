import type { ControlDeps } from '../api/deps.ts'
import type { BudgetBoard } from '../budgets/budget-board.ts'
import { closeMonthJob } from '../invoicing/close-month.ts'
import { eligibilityJob } from '../invoicing/eligibility-job.ts'
import { tellOfUsage } from '../usage/tell-usage.ts'
import { budgetJob } from './budget-job.ts'
import { componentDaysJob } from './component-days-job.ts'
import { deliveryRetention } from './forget-deliveries.ts'
import { probeRetention } from './forget-probe-results.ts'
import { incidentJob } from './incident-job.ts'
import type { Job } from './job-runner.ts'
import { overdueJob } from './overdue-invoices.ts'
import { slicePacking } from './pack-slices.ts'
import { usageAlertJob } from './usage-alerts.ts'

/** What jobs may need besides the transaction and the time that each step brings. */
export type JobDeps = Pick<
  ControlDeps,
  | 'store'
  | 'sealer'
  | 'contracts'
  | 'clock'
  | 'log'
  | 'agreements'
  | 'testClock'
  | 'usage'
  | 'mails'
  | 'evidenceKey'
> & { readonly budgets: BudgetBoard }

/** Every job of Weir, in the order in which what is due at once is done. */
export function allJobs({
  store,
  agreements,
  contracts,
  testClock,
  usage,
  mails,
  evidenceKey,
  budgets,
}: JobDeps): Job[] {
  const contract = () => contracts.inForce().contract
  const invoicing = { db: store.db, mails, agreements, usage, testClock: testClock !== undefined }
  return [
    closeMonthJob({ ...invoicing, usage, evidenceKey }),
    eligibilityJob(contract),
    overdueJob(mails),
    usageAlertJob({ db: store.db, agreements, reader: usage, contract, tell: tellOfUsage(mails) }),
    incidentJob({ reader: usage, contract, realClock: Date.now, speed: testClock?.speed ?? 1 }),
    budgetJob({ reader: usage, contract, mails, board: budgets, realClock: Date.now }),
    componentDaysJob(usage, contract),
    deliveryRetention,
    slicePacking,
    probeRetention,
  ]
}
