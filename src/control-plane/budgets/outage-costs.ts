import type { Kysely } from 'kysely'
import { slaTimezone } from '../../core/availability/credit.ts'
import { excludedSpans } from '../../core/availability/organization-slices.ts'
import { type OutageCost, outageCost } from '../../core/availability/outage-cost.ts'
import type { Currency } from '../../core/contract/contract.ts'
import { fraction } from '../../core/exact/fraction.ts'
import type { Arrangement } from '../../core/pricing/arrangement.ts'
import { slaBase, slaInForce } from '../../core/pricing/sla-base.ts'
import { monthOf, monthSpan } from '../../core/time/month.ts'
import { type Span, intersection, lengthMs, subtraction } from '../../core/time/span.ts'
import { firstSubscriptions } from '../../store/closed-months.ts'
import { type RecordedExclusion, exclusionsWithin } from '../../store/exclusions.ts'
import { type MaintenanceWindow, maintenanceWithin } from '../../store/maintenance.ts'
import type { Schema } from '../../store/schema.ts'
import type { PromisedSla } from '../availability/claims.ts'
import { billedMonth } from '../availability/sla-statement.ts'
import { type Agreements, versionAt } from '../invoicing/agreement.ts'
import { type KnownOutages, knownOutages } from './known-outages.ts'

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
  /** Slices up to here are final, and known so far. */
  readonly judgedToMs: number
  readonly knownToMs: number
  /** Of the running month, that counts: final, and as known so far. */
  readonly finalDownMs: number
  readonly downMs: number
  /** What is owed for the final part alone. */
  readonly finalOwed: string
  /** By what is known so far. */
  readonly cost: OutageCost
}

/** The largest difference of a timezone's month from UTC's. */
const ZONE_MS = 14 * 3_600_000

/** Every customer with a promise, by the running month of its SLA; ascending by id. */
export async function costOfOutages(
  db: Kysely<Schema>,
  agreements: Agreements,
  nowMs: number,
): Promise<CustomerCost[]> {
  const startMs = monthSpan(monthOf(nowMs - ZONE_MS)).startMs - ZONE_MS
  const { availability } = versionAt(await agreements.versions(db), nowMs).contract
  const outages = await knownOutages(db, agreements, { startMs, nowMs }, availability)
  const said = {
    maintenance: await maintenanceWithin(db, { fromMs: startMs, toMs: nowMs }),
    exclusions: (await exclusionsWithin(db, { fromMs: startMs, toMs: nowMs })).filter(
      ({ withdrawn }) => !withdrawn,
    ),
  }
  const agreed = await agreements.all(db)
  const costs: CustomerCost[] = []
  for (const { organizationId, fromMs } of await firstSubscriptions(db)) {
    const arrangements = agreed.get(organizationId)?.arrangements
    if (fromMs > nowMs || arrangements === undefined) continue
    const month = monthOf(nowMs, slaTimezone(slaInForce(arrangements, monthOf(nowMs))))
    const sla = slaInForce(arrangements, month)
    if (sla.form === 'none') continue
    const promised = { organizationId, month, arrangements, sla, nowMs }
    costs.push(await costFor(db, agreements, promised, { outages, said }))
  }
  return costs
}

interface Promised {
  readonly organizationId: string
  readonly month: string
  readonly arrangements: readonly Arrangement[]
  readonly sla: PromisedSla
  readonly nowMs: number
}

interface Said {
  readonly maintenance: readonly MaintenanceWindow[]
  readonly exclusions: readonly RecordedExclusion[]
}

async function costFor(
  db: Kysely<Schema>,
  agreements: Agreements,
  promised: Promised,
  { outages, said }: { readonly outages: KnownOutages; readonly said: Said },
): Promise<CustomerCost> {
  const { organizationId, month, arrangements, sla, nowMs } = promised
  const { finalToMs, knownToMs } = outages
  const whole = monthSpan(month, sla.timezone)
  const { contract } = versionAt(await agreements.versions(db), whole.startMs)
  const down = countedDown(outages.of(organizationId), promised, said, {
    whole,
    noticeHours: contract.availability.maintenanceNoticeHours,
  })
  const { lines, currency } = await billedMonth(db, agreements, promised)
  const base = slaBase({ base: sla.base, month, arrangements, lines })
  const secondsToCome = fraction(Math.max(0, whole.endMs - nowMs), 1000)
  const reckon = (downMs: number) =>
    outageCost({
      sla,
      base,
      minorDigits: currency.minorDigits,
      month,
      downSeconds: fraction(downMs, 1000),
      secondsToCome,
    })
  const downMs = lengthMs(down)
  const finalDownMs = lengthMs(intersection(down, [{ startMs: whole.startMs, endMs: finalToMs }]))
  const cost = reckon(downMs)
  const finalOwed = finalDownMs === downMs ? cost.owed : reckon(finalDownMs).owed
  const figures = { downMs, finalDownMs, finalOwed, cost }
  return { organizationId, month, currency, credit: sla.credit, judgedToMs: finalToMs, knownToMs, ...figures }
}

/** Of the month, while a plan was held, after exclusions: as the report counts it. */
function countedDown(
  outages: readonly Span[],
  { organizationId, arrangements }: Pick<Promised, 'organizationId' | 'arrangements'>,
  { maintenance, exclusions }: Said,
  { whole, noticeHours }: { readonly whole: Span; readonly noticeHours: number },
): Span[] {
  if (outages.length === 0) return []
  const held = intersection(arrangements, [whole])
  const own = exclusions.filter(each => (each.organizationId ?? organizationId) === organizationId)
  return subtraction(
    intersection(outages, held),
    excludedSpans({ maintenance, exclusions: own, noticeHours }),
  )
}
