import type { Kysely } from 'kysely'
import {
  type ErrorBudget,
  burnWindows,
  errorBudget,
  strictestTarget,
} from '../../core/availability/error-budget.ts'
import { excludedSpans } from '../../core/availability/organization-slices.ts'
import { monthOf, monthSpan } from '../../core/time/month.ts'
import { type Span, subtraction, union } from '../../core/time/span.ts'
import { type JudgedDownTime, downTimeWithin, judgedDownTime } from '../../store/down-time.ts'
import { type RecordedExclusion, exclusionsWithin } from '../../store/exclusions.ts'
import { type MaintenanceWindow, maintenanceWithin } from '../../store/maintenance.ts'
import type { Schema } from '../../store/schema.ts'
import { type Agreements, versionAt } from '../invoicing/agreement.ts'
import { componentOf, definitionOf } from './judge-components.ts'
import { judgeOutages } from './judge-outages.ts'
import { type OrganizationBudget, knownEnd, promiseAt, reckonBudget } from './organization-budget.ts'

export interface AllBudgetsQuestion {
  readonly nowMs: number
}

/** The budget of the whole API, or of a group, over all customers. */
export interface ComponentBudget {
  /** undefined: the whole API. */
  readonly group: string | undefined
  readonly budget: ErrorBudget
}

/** Every budget there is, by the down time that is judged already and the slices since. Plain data. */
export interface AllBudgets {
  /** Customers' slices up to here are judged for good; undefined: none is yet. */
  readonly judgedToMs: number | undefined
  /** False while judging has to catch up: then what is used may be more, and nothing burns. */
  readonly complete: boolean
  /** Those to whom something is promised, ascending by id. */
  readonly organizations: readonly OrganizationBudget[]
  /** The whole API first; empty until it is judged. */
  readonly components: readonly ComponentBudget[]
}

/** Farther behind, the slices since are not judged here: whoever judges them for good catches up. */
const MOST_BEHIND_MS = 3_600_000
/** The largest difference of a timezone's month from UTC's. */
const ZONE_MS = 14 * 3_600_000

export async function allBudgets(
  db: Kysely<Schema>,
  agreements: Agreements,
  { nowMs }: AllBudgetsQuestion,
): Promise<AllBudgets> {
  const startMs = monthSpan(monthOf(nowMs - ZONE_MS)).startMs - burnWindows.threeDays * 1000 - ZONE_MS
  const within = { fromMs: startMs, toMs: nowMs }
  const said: Said = {
    maintenance: await maintenanceWithin(db, within),
    exclusions: (await exclusionsWithin(db, within)).filter(({ withdrawn }) => !withdrawn),
  }
  const judged = await judgedDownTime(db, 'organizations')
  const components = await componentBudgets(db, agreements, { startMs, nowMs, said })
  if (judged === undefined) return { judgedToMs: undefined, complete: false, organizations: [], components }
  const { judgedToMs } = judged
  const complete = nowMs - judgedToMs <= MOST_BEHIND_MS
  const organizations = await organizationBudgets(db, agreements, { startMs, nowMs, said, judged, complete })
  return { judgedToMs, complete, organizations, components }
}

interface Said {
  readonly maintenance: readonly MaintenanceWindow[]
  readonly exclusions: readonly RecordedExclusion[]
}

interface ReadFacts {
  readonly startMs: number
  readonly nowMs: number
  readonly said: Said
}

async function organizationBudgets(
  db: Kysely<Schema>,
  agreements: Agreements,
  facts: ReadFacts & { readonly judged: JudgedDownTime; readonly complete: boolean },
): Promise<OrganizationBudget[]> {
  const { startMs, nowMs, said, judged, complete } = facts
  const { judgedToMs } = judged
  const versions = await agreements.versions(db)
  const { availability } = versionAt(versions, nowMs).contract
  const knownToMs = complete ? Math.max(judgedToMs, knownEnd(nowMs, availability)) : judgedToMs
  const question = { startMs: judgedToMs, endMs: knownToMs, finalMs: judgedToMs }
  const since = await judgeOutages(db, agreements, question)
  const lately = new Map(since.map(({ organizationId, outages }) => [organizationId, outages]))
  const before = await downTimeWithin(db, 'organizations', { startMs, endMs: judgedToMs })
  const forAll = said.exclusions.filter(({ organizationId }) => organizationId === undefined)
  const own = Map.groupBy(said.exclusions, ({ organizationId }) => organizationId)
  // Most customers have no outage and a promise that others have too.
  const unhurt = new Map<string, Omit<OrganizationBudget, 'organizationId'>>()

  const found: OrganizationBudget[] = []
  for (const [organizationId, { arrangements }] of await agreements.all(db)) {
    const promise = promiseAt(arrangements, nowMs)
    if (promise === undefined) continue
    const outages = union([...(before.get(organizationId) ?? []), ...(lately.get(organizationId) ?? [])])
    const exclusions = [...forAll, ...(own.get(organizationId) ?? [])]
    const reckon = () =>
      reckonBudget({ promise, outages, availability, ...said, exclusions, judgedToMs, knownToMs })
    const key = `${promise.target} ${promise.month} ${promise.timezone}`
    const isUnhurt = outages.length === 0 && exclusions.length === forAll.length
    const reckoned = (isUnhurt ? unhurt.get(key) : undefined) ?? reckon()
    if (isUnhurt) unhurt.set(key, reckoned)
    found.push({ organizationId, ...reckoned })
  }
  return found
}

/** Held to the strictest promise of the contract in force; by final slices alone. */
async function componentBudgets(
  db: Kysely<Schema>,
  agreements: Agreements,
  { startMs, nowMs, said }: ReadFacts,
): Promise<ComponentBudget[]> {
  const versions = await agreements.versions(db)
  const { contract } = versionAt(versions, nowMs)
  const { groups } = (versions.at(-1)?.contract ?? contract).availability
  const judged = await judgedDownTime(db, 'components')
  if (judged === undefined || judged.judgedAs !== definitionOf({ groups })) return []
  const { judgedToMs } = judged
  const outages = await downTimeWithin(db, 'components', { startMs, endMs: judgedToMs })
  const excluded: Span[] = excludedSpans({
    maintenance: said.maintenance,
    exclusions: said.exclusions.filter(({ organizationId }) => organizationId === undefined),
    noticeHours: contract.availability.maintenanceNoticeHours,
  })
  const month = monthOf(nowMs)
  const common = {
    target: strictestTarget(contract),
    month,
    timezone: 'UTC',
    judgedToMs,
    knownToMs: judgedToMs,
  }
  return [undefined, ...Object.keys(groups)].map(group => {
    const down = subtraction(outages.get(componentOf(group)) ?? [], excluded)
    return { group, budget: errorBudget({ ...common, down }) }
  })
}
