import type { Kysely } from 'kysely'
import type { Contract, Limits } from '../../core/contract/contract.ts'
import { fromMinorUnits, minorUnits } from '../../core/exact/money.ts'
import { applicableLimits } from '../../core/limits/applicable-limits.ts'
import { type Replay, createReplay } from '../../core/limits/replay.ts'
import type { AgreedFacts, PricedContract } from '../../core/pricing/arrangement.ts'
import type { Unit } from '../../core/pricing/overage.ts'
import {
  type Bill,
  agreedUntil,
  billOf,
  inForce,
  missingPlan,
  underContract,
  underPlan,
} from '../../core/pricing/what-if.ts'
import { monthSpan } from '../../core/time/month.ts'
import { listApps } from '../../store/apps.ts'
import { leavingOf } from '../../store/leavings.ts'
import type { Organization } from '../../store/organizations.ts'
import type { Schema } from '../../store/schema.ts'
import { subscriptionsOf } from '../../store/subscriptions.ts'
import { termsOf } from '../../store/terms.ts'
import { type HardPlan, hardPlanOf } from './hard-plan.ts'
import { type Seats, obstaclesToPlan } from './may-hold.ts'
import { recordedMinutes, recordedUsage } from './recorded.ts'

export interface WhatIf {
  readonly month: string
  readonly contract: Contract
  /** Another plan for everybody; undefined: each keeps its own. */
  readonly plan: string | undefined
  /** Every version there was, ascending. */
  readonly versions: readonly (PricedContract & { readonly contract: Contract })[]
  readonly seats: Seats
  readonly nowMs: number
}

export interface SimulatedCustomer {
  readonly organization: string
  readonly name: string
  readonly planBefore: string
  readonly planAfter: string
  readonly usage: Readonly<Record<Unit, number>>
  readonly before: Bill & { readonly currency: string }
  /** undefined: `unpriced` says why. */
  readonly after: (Bill & { readonly currency: string }) | undefined
  /** After less before; undefined where there is no price, or the currencies differ. */
  readonly difference: string | undefined
  readonly unpriced: string | undefined
  /** Why the provider would not give it the plan, in whole sentences; empty: it would. */
  readonly mayNotHold: readonly string[]
  /** undefined: no plan without overage would have held. */
  readonly hardPlan: HardPlan | undefined
  readonly limits: readonly SimulatedApp[]
}

export interface SimulatedApp extends Replay {
  readonly app: string
  readonly name: string
  /** Admitted requests to endpoints that the contract does not have any more. */
  readonly toEndpointsGone: number
}

/** undefined: the organization held no plan in the month. */
export async function simulateCustomer(
  db: Kysely<Schema>,
  organization: Organization,
  whatIf: WhatIf,
): Promise<SimulatedCustomer | undefined> {
  const { id, name } = organization
  const { month, contract, plan, versions, nowMs } = whatIf
  const now = await agreedIn(db, id, whatIf)
  const held = now?.subscriptions.at(-1)
  if (now === undefined || held === undefined) return undefined
  const usage = await recordedUsage(db, id, month, nowMs)
  const moved = underContract(now, month, contract)
  const then = plan === undefined ? moved : underPlan(moved, month, contract, plan)
  const missing = missingPlan(then, month, contract)
  const inMonth = inForce(
    versions.filter(({ fromMs }) => now.contracts.some(each => each.fromMs === fromMs)),
    Infinity,
  )
  const { currency } = inMonth?.contract ?? contract
  const before = billOf(now, { month, currency, usage })
  const after =
    missing === undefined ? billOf(then, { month, currency: contract.currency, usage }) : undefined
  const planAfter = then.subscriptions.at(-1)?.plan ?? held.plan
  return {
    organization: id,
    name,
    planBefore: held.plan,
    planAfter,
    usage: { mau: usage.mau, connections: usage.connections },
    before: { ...before, currency: currency.code },
    after: after && { ...after, currency: contract.currency.code },
    difference:
      after && currency.code === contract.currency.code
        ? lessOf(after.subtotal, before.subtotal, currency.minorDigits)
        : undefined,
    unpriced: missing && `the contract has no ${missing}, which it holds`,
    mayNotHold: obstaclesToPlan(planAfter, organization, whatIf),
    hardPlan: missing === undefined ? await hardPlanOf(db, id, then, { month, usage, nowMs }) : undefined,
    limits: missing === undefined ? await simulateApps(db, id, then, whatIf) : [],
  }
}

/** As it stood in the month; undefined: the customer had left before. */
async function agreedIn(
  db: Kysely<Schema>,
  organizationId: string,
  { month, versions }: WhatIf,
): Promise<AgreedFacts | undefined> {
  const subscriptions = await subscriptionsOf(db, organizationId)
  const terms = (await termsOf(db, organizationId)).map(each => ({ ...each.terms, fromMs: each.fromMs }))
  const endedMs = (await leavingOf(db, organizationId))?.atMs
  if (endedMs !== undefined && endedMs <= monthSpan(month).startMs) return undefined
  return agreedUntil(month, { subscriptions, terms, contracts: versions, endedMs })
}

function lessOf(after: string, before: string, minorDigits: number): string {
  return fromMinorUnits(minorUnits(after, minorDigits) - minorUnits(before, minorDigits), minorDigits)
}

const APPS_A_PAGE = 200

async function simulateApps(
  db: Kysely<Schema>,
  organizationId: string,
  agreed: AgreedFacts,
  { month, contract }: WhatIf,
): Promise<SimulatedApp[]> {
  const known = new Set([...contract.endpoints.map(({ name }) => name), 'GetRateLimits', contract.unmatched])
  const simulated: SimulatedApp[] = []
  let position: { ms: number; id: string } | undefined
  for (;;) {
    const apps = await listApps(db, organizationId, { limit: APPS_A_PAGE, after: position })
    for (const { id, name, limits } of apps) {
      const limitOf = limitFinder(limits, agreed, contract)
      const replay = createReplay(limitOf)
      let toEndpointsGone = 0
      for await (const minute of recordedMinutes(db, id, month)) {
        if (known.has(minute.endpoint)) replay.add(minute)
        else toEndpointsGone += minute.admitted
      }
      simulated.push({ app: id, name, ...replay.result(), toEndpointsGone })
    }
    const last = apps.at(-1)
    if (last === undefined || apps.length < APPS_A_PAGE) return simulated
    position = { ms: last.createdMs, id: last.id }
  }
}

/** Override, terms, plan, contract, as they hold at each minute; an override, whose history is not kept, as it is now. */
function limitFinder(override: Limits, { subscriptions, terms }: AgreedFacts, contract: Contract) {
  const found = new Map<string, number>()
  return (endpoint: string, platform: string, minuteMs: number): number => {
    const held = inForce(subscriptions, minuteMs)
    const said = terms.findLast(({ fromMs }) => fromMs <= minuteMs)
    const key = JSON.stringify([held?.fromMs, said?.fromMs, endpoint, platform])
    const known = found.get(key)
    if (known !== undefined) return known
    const sources = [
      override,
      said?.limits ?? {},
      contract.plans[held?.plan ?? '']?.limits ?? {},
      contract.limits,
    ]
    const { app } = applicableLimits(sources, endpoint, platform)
    found.set(key, app)
    return app
  }
}
