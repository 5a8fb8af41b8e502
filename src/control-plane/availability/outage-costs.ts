import type { Kysely } from 'kysely'
import { slaTimezone } from '../../core/availability/credit.ts'
import { type OutageCost, outageCost } from '../../core/availability/outage-cost.ts'
import type { Currency } from '../../core/contract/contract.ts'
import { fraction } from '../../core/exact/fraction.ts'
import { slaBase, slaInForce } from '../../core/pricing/sla-base.ts'
import { monthOf, monthSpan } from '../../core/time/month.ts'
import { firstSubscriptions } from '../../store/closed-months.ts'
import type { Schema } from '../../store/schema.ts'
import type { Agreements } from '../invoicing/agreement.ts'
import { createPlatformTimes, organizationMonth } from './organization-sla.ts'
import { billedMonth } from './sla-statement.ts'

export interface OutageCostQuestion {
  readonly nowMs: number
}

/** A customer to whom uptime is promised, and what more down time would cost now. */
export interface CustomerCost {
  readonly organizationId: string
  readonly month: string
  readonly currency: Currency
  /** `on-claim`: it costs this if it is claimed. */
  readonly credit: 'automatic' | 'on-claim'
  readonly judgedToMs: number
  readonly cost: OutageCost
}

/** Every customer with a promise, by the running month of its SLA; ascending by id. */
export async function costOfOutages(
  db: Kysely<Schema>,
  agreements: Agreements,
  nowMs: number,
): Promise<CustomerCost[]> {
  const known = createPlatformTimes(agreements)(db, nowMs)
  const costs: CustomerCost[] = []
  for (const { organizationId, fromMs } of await firstSubscriptions(db)) {
    if (fromMs > nowMs) continue
    const { arrangements } = await agreements.of(db, organizationId)
    const month = monthOf(nowMs, slaTimezone(slaInForce(arrangements, monthOf(nowMs))))
    const sla = slaInForce(arrangements, month)
    if (sla.form === 'none') continue
    const asked = { organizationId, month, arrangements, nowMs }
    const { time, judgedToMs } = await organizationMonth(db, agreements, asked, known)
    const { lines, currency } = await billedMonth(db, agreements, asked)
    const cost = outageCost({
      sla,
      base: slaBase({ base: sla.base, month, arrangements, lines }),
      minorDigits: currency.minorDigits,
      month,
      downSeconds: time.downSeconds,
      secondsToCome: fraction(Math.max(0, monthSpan(month, sla.timezone).endMs - nowMs), 1000),
    })
    costs.push({ organizationId, month, currency, credit: sla.credit, judgedToMs, cost })
  }
  return costs
}
