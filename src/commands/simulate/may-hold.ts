import type { Kysely } from 'kysely'
import type { Contract } from '../../core/contract/contract.ts'
import { counted } from '../../core/contract/plain-words.ts'
import { judgeEligibility } from '../../core/pricing/eligibility.ts'
import type { Organization } from '../../store/organizations.ts'
import type { Schema } from '../../store/schema.ts'
import { heldSubscriptions } from '../../store/subscriptions.ts'

/** The seats of the contract’s plans, given to one customer after the other. */
export interface Seats {
  /** Whether the customer holds a seat of the plan, or there is one left for it, which is then its own. */
  take(plan: string, organizationId: string): boolean
}

/** With who holds the plans now or will: whoever does keeps its seat. */
export async function seatsOf(db: Kysely<Schema>, contract: Contract, nowMs: number): Promise<Seats> {
  const holders = new Map<string, Set<string>>()
  for (const { plan, organizationId } of await heldSubscriptions(db, nowMs)) {
    holders.set(plan, (holders.get(plan) ?? new Set()).add(organizationId))
  }
  return {
    take(plan, organizationId) {
      const seats = contract.plans[plan]?.eligibility?.seats ?? Infinity
      const taken = holders.get(plan) ?? new Set()
      if (taken.has(organizationId)) return true
      if (taken.size >= seats) return false
      holders.set(plan, taken.add(organizationId))
      return true
    },
  }
}

/** Why the customer could not be given the plan today, by what it declared of itself and by the plan’s seats. */
export function obstaclesToPlan(
  planName: string,
  { id, eligibility: declared }: Organization,
  { contract, seats }: { readonly contract: Contract; readonly seats: Seats },
): string[] {
  const rule = contract.plans[planName]?.eligibility
  if (rule === undefined) return []
  const { eligible, because } = judgeEligibility(rule, declared ?? {})
  if (!eligible) return [...because]
  if (seats.take(planName, id)) return []
  return [`The plan has ${counted(rule.seats ?? 0, 'seat')}, and there is none left.`]
}
