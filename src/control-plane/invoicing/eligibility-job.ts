import type { Contract } from '../../core/contract/contract.ts'
import { heldSubscriptions } from '../../store/subscriptions.ts'
import type { Job } from '../jobs/job-runner.ts'
import { WEIR } from './issue.ts'
import { recheckEligibility } from './recheck-eligibility.ts'

/** Looks once a day (UTC) whether who holds a plan with rules still fits them: the rules may have changed. */
export function eligibilityJob(contract: () => Contract): Job {
  return {
    name: 'recheck-eligibility',
    forgetful: true,
    periods: (_db, nowMs) => [new Date(nowMs).toISOString().slice(0, 10)],
    async run(_period, step) {
      const { plans } = contract()
      const held = await step(async (trx, nowMs) => heldSubscriptions(trx, nowMs))
      const ruled = held.filter(({ plan }) => plans[plan]?.eligibility !== undefined)
      for (const organizationId of new Set(ruled.map(each => each.organizationId))) {
        await step(async (trx, nowMs) =>
          recheckEligibility(trx, contract(), { organizationId, author: WEIR, nowMs }),
        )
      }
    },
  }
}
