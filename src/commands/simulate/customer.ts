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
import { listApps } from '../../store/apps.ts'
import type { Organization } from '../../store/organizations.ts'
import type { Schema } from '../../store/schema.ts'
import { subscriptionsOf } from '../../store/subscriptions.ts'
import { termsOf } from '../../store/terms.ts'
import { type UsageOfMonth, recordedMinutes } from './recorded.ts'

export interface WhatIf {
  readonly month: string
  readonly contract: Contract
  /** Another plan for everybody; undefined: each keeps its own. */
  readonly plan: string | undefined
  /** Every version there was, ascending. */
  readonly versions: readonly (PricedContract & { readonly contract: Contract })[]
  readonly usageOf: UsageOfMonth
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
  { id, name }: Organization,
  whatIf: WhatIf,
): Promise<SimulatedCustomer | undefined> {
  const { month, contract, plan, versions, usageOf } = whatIf
  const [subscriptions, terms] = [await subscriptionsOf(db, id), await termsOf(db, id)]
  const dated = terms.map(({ fromMs, terms: said }) => ({ ...said, fromMs }))
  const now = agreedUntil(month, { subscriptions, terms: dated, contracts: versions })
  const held = now.subscriptions.at(-1)
  if (held === undefined) return undefined
  const usage = await usageOf(db, id, month)
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
  return {
    organization: id,
    name,
    planBefore: held.plan,
    planAfter: then.subscriptions.at(-1)?.plan ?? held.plan,
    usage,
    before: { ...before, currency: currency.code },
    after: after && { ...after, currency: contract.currency.code },
    difference:
      after && currency.code === contract.currency.code
        ? lessOf(after.subtotal, before.subtotal, currency.minorDigits)
        : undefined,
    unpriced: missing && `the contract has no ${missing}, which it holds`,
    limits: missing === undefined ? await simulateApps(db, id, then, whatIf) : [],
  }
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
