import type { Kysely } from 'kysely'
import {
  type ComponentState,
  type RecentSlices,
  componentState,
  overallState,
  recentSlices,
} from '../../core/availability/current-state.ts'
import { dayHistory, uptimeByMonth, uptimeOfDays, utcDay } from '../../core/availability/day-history.ts'
import type { Contract } from '../../core/contract/contract.ts'
import type { Span } from '../../core/time/span.ts'
import { monthsLater } from '../../core/time/month.ts'
import { type ComponentDay, componentDays } from '../../store/component-days.ts'
import { beats, beatsOnTheWayMs, firstBeatMs } from '../../store/nodes.ts'
import type { Schema } from '../../store/schema.ts'
import { type ComponentSlices, askedOf } from '../availability/component-slices.ts'
import { finalPart } from '../availability/read-time.ts'
import type { Agreements } from '../invoicing/agreement.ts'
import { SHOWN_DAYS } from '../jobs/component-days-job.ts'
import type { UsageReader } from '../usage/usage-questions.ts'
import { readIncidents, readMaintenance } from './read-events.ts'
import type { StatusComponent, StatusFacts, StatusIncident, StatusMaintenance } from './status-facts.ts'

export interface StatusSource {
  readonly db: Kysely<Schema>
  readonly usage: UsageReader
  readonly contract: () => Contract
  readonly agreements: Pick<Agreements, 'versions'>
}

export interface StatusMoment {
  readonly nowMs: number
  /** The store was there for a while, so that beats that are missing are missing, and not on their way. */
  readonly isSteady: boolean
}

const DAY_MS = 86_400_000
/** Batches come up to five seconds late, and those of a busy node later. */
const KNOWN_AFTER_MS = 15_000
const RECENT_MS = 300_000
/** So many months of uptime are shown. */
const MONTHS = 12

/** Reads all that the page shows. Days that are over come from their summaries, only the running one from slices. */
export async function readStatus(
  { db, usage, contract: inForce, agreements }: StatusSource,
  { nowMs, isSteady }: StatusMoment,
): Promise<StatusFacts> {
  const contract = inForce()
  const { availability } = contract
  const [today, firstDay] = [utcDay(nowMs), utcDay(monthsLater(nowMs, 1 - MONTHS)).slice(0, 8) + '01']
  const sinceMs = nowMs - SHOWN_DAYS * DAY_MS
  const past = (await componentDays(db, firstDay)).filter(({ day }) => day < today)
  const running = await usage.ask('day', { day: today, nowMs })
  const { incidents, merged } = await readIncidents(db, sinceMs)
  const maintenance = await readMaintenance(db, { agreements, sinceMs, nowMs })
  const recent = await readRecent(db, usage, contract, { nowMs, isSteady })

  const days = Map.groupBy([...past, ...running], ({ component }) => component)
  const work = maintenance.map(workSpan)
  const open = incidents.filter(({ resolvedMs }) => resolvedMs === undefined)
  const isWorkedOn = maintenance.some(({ phase }) => phase === 'under-way')
  const components = [undefined, ...Object.keys(availability.groups)].map(group => {
    const state = stateOf(group, { open, isWorkedOn, recent: recent.get(group) ?? 'unknown' })
    return componentOf(group, state, days.get(group ?? '') ?? [], { today, work })
  })
  const [platform, ...groups] = components.map(({ state }) => state)
  return {
    asOfMs: nowMs,
    name: contract.provider?.legalName ?? contract.name,
    description: contract.description,
    state: overallState(platform ?? 'unknown', groups),
    components,
    incidents,
    merged,
    maintenance,
    judgedToMs: finalPart({ startMs: 0, endMs: nowMs }, availability.sliceSeconds, nowMs).endMs,
  }
}

function componentOf(
  group: string | undefined,
  state: ComponentState,
  days: readonly ComponentDay[],
  { today, work }: { today: string; work: readonly Span[] },
): StatusComponent {
  const shown = dayHistory(days, { lastDay: today, count: SHOWN_DAYS, work })
  return { group, state, days: shown, uptime: uptimeOfDays(shown), months: uptimeByMonth(days) }
}

function stateOf(
  group: string | undefined,
  facts: { open: readonly StatusIncident[]; isWorkedOn: boolean; recent: RecentSlices },
): ComponentState {
  const impactsOn = (component: string | undefined) =>
    facts.open.filter(each => each.component === component).map(({ impact }) => impact)
  const own = group === undefined ? [] : impactsOn(group)
  return componentState({ ...facts, own, platform: impactsOn(undefined) })
}

/** The part of a window that was, or will be, worked in. */
function workSpan({ startMs, endMs, cancelledMs = Infinity }: StatusMaintenance): Span {
  return { startMs, endMs: Math.max(startMs, Math.min(endMs, cancelledMs)) }
}

/**
 * What the last minutes say of each component. Without a beat of any node in the last minute everything is down, or, as
 * long as beats may still be on their way, nothing is known; before the first beat there ever was, nothing either.
 */
async function readRecent(
  db: Kysely<Schema>,
  usage: UsageReader,
  contract: Contract,
  { nowMs, isSteady }: StatusMoment,
): Promise<Map<string | undefined, RecentSlices>> {
  const asked = askedOf(contract)
  const sliceMs = asked.availability.sliceSeconds * 1000
  const endMs = Math.floor((nowMs - KNOWN_AFTER_MS) / sliceMs) * sliceMs
  const firstMs = (await firstBeatMs(db)) ?? Infinity
  const heard = await beats(db, { fromMs: endMs - 60_000, toMs: nowMs })
  const areComing = (await beatsOnTheWayMs(db, nowMs)) !== undefined
  if (heard.length === 0 && !areComing) {
    const silence: RecentSlices = isSteady && firstMs < endMs - 60_000 ? 'down' : 'unknown'
    return new Map([undefined, ...Object.keys(asked.availability.groups)].map(name => [name, silence]))
  }
  const span = { startMs: Math.max(endMs - RECENT_MS, Math.min(firstMs, endMs)), endMs }
  const seen: ComponentSlices = await usage.ask('components', {
    ...asked,
    ...span,
    silenceIsDown: isSteady,
    nowMs,
  })
  const aMinute = 60_000 / sliceMs
  return new Map(seen.components.map(({ name, down }) => [name, recentSlices(down, seen.skipped, aMinute)]))
}
