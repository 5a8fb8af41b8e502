import { setImmediate } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { type NewUsers, createPlaceMeter, usersRefused } from '../../core/metering/hard-number.ts'
import { monthDayStarts } from '../../core/metering/month-days.ts'
import { type AgreedFacts, type Arrangement, arrangementsOf } from '../../core/pricing/arrangement.ts'
import type { Unit } from '../../core/pricing/overage.ts'
import { monthSpan } from '../../core/time/month.ts'
import { appIdsOf } from '../../store/apps.ts'
import { connectionIntervals } from '../../store/connection-intervals.ts'
import type { Schema } from '../../store/schema.ts'
import type { RecordedUsage } from './recorded.ts'

/** What a plan without overage would have done to a month as it was recorded. */
export interface HardPlan {
  readonly plan: string
  /** null: as many as come. */
  readonly included: Readonly<Record<Unit, number | null>>
  readonly users: number
  readonly usersRefused: number
  /** Opened in the month, or open when it began. */
  readonly connections: number
  /** They would have found as many open as the plan includes. */
  readonly connectionsRefused: number
  /** When the first of them would have been; null: none. */
  readonly firstRefusedMs: number | null
}

/** undefined: no plan without overage holds in the month. Takes the plans with what was negotiated for them. */
export async function hardPlanOf(
  db: Kysely<Schema>,
  organizationId: string,
  agreed: AgreedFacts,
  recorded: { readonly month: string; readonly usage: RecordedUsage; readonly nowMs: number },
): Promise<HardPlan | undefined> {
  const { month, usage, nowMs } = recorded
  const { startMs, endMs } = monthSpan(month)
  const inMonth = arrangementsOf(agreed).filter(each => each.startMs < endMs && each.endMs > startMs)
  const hard = inMonth.findLast(({ plan }) => plan.overage === 'none')
  if (hard === undefined) return undefined
  const meter = createPlaceMeter(startMs, atMs =>
    hardNumber(
      inMonth.findLast(each => each.startMs <= atMs && atMs < each.endMs),
      'connections',
    ),
  )
  const span = { fromMs: startMs, toMs: endMs, nowMs }
  for await (const page of connectionIntervals(db, await appIdsOf(db, organizationId), span)) {
    for (const connection of page) meter.add(connection)
    await setImmediate()
  }
  const { connections, refused, firstMs = null } = meter.places()
  const { mau = null, connections: places = null } = hard.plan.includes
  return {
    plan: hard.planName,
    included: { mau, connections: places },
    users: usage.mau,
    usersRefused: usersRefused(newUsers(usage, month, inMonth)),
    connections,
    connectionsRefused: refused,
    firstRefusedMs: firstMs,
  }
}

function hardNumber(arrangement: Arrangement | undefined, unit: Unit): number | undefined {
  return arrangement?.plan.overage === 'none' ? arrangement.plan.includes[unit] : undefined
}

/** Users are recorded by the day: of the numbers that hold on one, the most favourable counts for all of it. */
function newUsers(
  { newUsersByDay }: RecordedUsage,
  month: string,
  inMonth: readonly Arrangement[],
): NewUsers[] {
  const starts = monthDayStarts(month)
  return newUsersByDay.map((users, day) => {
    const [fromMs = 0, toMs = Infinity] = [starts[day], starts[day + 1]]
    const numbers = inMonth
      .filter(each => each.startMs < toMs && each.endMs > fromMs)
      .map(each => hardNumber(each, 'mau') ?? Infinity)
    const included = Math.max(...numbers)
    return { users, included: Number.isFinite(included) ? included : undefined }
  })
}
