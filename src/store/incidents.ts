import { type Kysely, sql } from 'kysely'
import type { Page } from './page.ts'
import type { Schema } from './schema.ts'

export const incidentImpacts = ['minor', 'major', 'critical'] as const
export type IncidentImpact = (typeof incidentImpacts)[number]

export const incidentStatuses = ['investigating', 'identified', 'monitoring', 'resolved'] as const
export type IncidentStatus = (typeof incidentStatuses)[number]

/** An outage that people are told of. */
export interface Incident {
  readonly id: string
  readonly title: string
  readonly impact: IncidentImpact
  readonly status: IncidentStatus
  /** `slices`: it opened by itself, and closes so. */
  readonly source: 'person' | 'slices'
  /** A group of the contract's; undefined: the whole platform. */
  readonly component: string | undefined
  readonly startedMs: number
  /** When the outage ended; undefined: it goes on. */
  readonly resolvedMs: number | undefined
  readonly mergedInto: string | undefined
  readonly createdMs: number
}

/** A line of an incident's timeline. */
export interface IncidentUpdate {
  /** From 1. */
  readonly number: number
  readonly atMs: number
  readonly status: IncidentStatus
  readonly text: string
  /** `weir` for what it found by itself. */
  readonly author: string
}

export async function addIncident(db: Kysely<Schema>, incident: Incident): Promise<void> {
  const { startedMs, resolvedMs, mergedInto, createdMs, component, ...rest } = incident
  await db
    .insertInto('incidents')
    .values({
      ...rest,
      component: component ?? null,
      started_ms: startedMs,
      resolved_ms: resolvedMs ?? null,
      merged_into: mergedInto ?? null,
      created_ms: createdMs,
    })
    .execute()
}

/** Changes what is named and leaves the rest. */
export async function changeIncident(
  db: Kysely<Schema>,
  id: string,
  changed: Partial<Pick<Incident, 'impact' | 'status' | 'startedMs' | 'resolvedMs' | 'mergedInto'>>,
): Promise<void> {
  const { startedMs, resolvedMs, mergedInto, ...rest } = changed
  await db
    .updateTable('incidents')
    .set({
      ...rest,
      ...(startedMs !== undefined && { started_ms: startedMs }),
      ...(resolvedMs !== undefined && { resolved_ms: resolvedMs }),
      ...(mergedInto !== undefined && { merged_into: mergedInto }),
    })
    .where('id', '=', id)
    .execute()
}

/** What was merged into `from` is merged into `into` from now on: so no incident is more than one step away. */
export async function moveMerged(db: Kysely<Schema>, from: string, into: string): Promise<void> {
  await db.updateTable('incidents').set({ merged_into: into }).where('merged_into', '=', from).execute()
}

/** Must run in a transaction that has read the incident: the next number is taken. */
export async function addIncidentUpdate(
  db: Kysely<Schema>,
  incidentId: string,
  { atMs, status, text, author }: Omit<IncidentUpdate, 'number'>,
): Promise<void> {
  const { last } = await db
    .selectFrom('incident_updates')
    .select(({ fn }) => fn.max<number | null>('number').as('last'))
    .where('incident', '=', incidentId)
    .executeTakeFirstOrThrow()
  await db
    .insertInto('incident_updates')
    .values({ incident: incidentId, number: (last ?? 0) + 1, at_ms: atMs, status, message: text, author })
    .execute()
}

export async function findIncident(db: Kysely<Schema>, id: string): Promise<Incident | undefined> {
  const row = await db.selectFrom('incidents').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : fromRow(row)
}

/** The timeline, oldest first. */
export async function incidentUpdates(db: Kysely<Schema>, id: string): Promise<IncidentUpdate[]> {
  const rows = await db
    .selectFrom('incident_updates')
    .selectAll()
    .where('incident', '=', id)
    .orderBy('number')
    .execute()
  return rows.map(({ number, at_ms: atMs, status, message: text, author }) => ({
    number,
    atMs,
    status,
    text,
    author,
  }))
}

/** The timelines of these incidents, by their ids, oldest first. */
export async function timelinesOf(
  db: Kysely<Schema>,
  ids: readonly string[],
): Promise<Map<string, IncidentUpdate[]>> {
  const timelines = new Map<string, IncidentUpdate[]>()
  if (ids.length === 0) return timelines
  const rows = await db
    .selectFrom('incident_updates')
    .selectAll()
    .where('incident', 'in', ids)
    .orderBy('incident')
    .orderBy('number')
    .execute()
  for (const { incident, number, at_ms: atMs, status, message: text, author } of rows) {
    const lines = timelines.get(incident) ?? []
    lines.push({ number, atMs, status, text, author })
    timelines.set(incident, lines)
  }
  return timelines
}

/** Those that were merged into one of these. */
export async function mergedIncidents(db: Kysely<Schema>, ids: readonly string[]): Promise<Incident[]> {
  if (ids.length === 0) return []
  const rows = await db.selectFrom('incidents').selectAll().where('merged_into', 'in', ids).execute()
  return rows.map(fromRow)
}

/** A page, newest first by when they started; `open`: only those that go on, or only those that do not. */
export async function listIncidents(
  db: Kysely<Schema>,
  { limit, after, open }: Page & { readonly open?: boolean | undefined },
): Promise<Incident[]> {
  let query = db.selectFrom('incidents').selectAll()
  if (open !== undefined) query = query.where('resolved_ms', open ? 'is' : 'is not', null)
  if (after !== undefined) query = query.where(sql<boolean>`(started_ms, id) < (${after.ms}, ${after.id})`)
  const rows = await query.orderBy('started_ms', 'desc').orderBy('id', 'desc').limit(limit).execute()
  return rows.map(fromRow)
}

/** Those that go on, and those that ended at `sinceMs` or later; merged ones are left out. */
export async function incidentsSince(db: Kysely<Schema>, sinceMs: number): Promise<Incident[]> {
  const rows = await db
    .selectFrom('incidents')
    .selectAll()
    .where('merged_into', 'is', null)
    .where(where => where.or([where('resolved_ms', 'is', null), where('resolved_ms', '>=', sinceMs)]))
    .orderBy('started_ms')
    .orderBy('id')
    .execute()
  return rows.map(fromRow)
}

function fromRow(row: Schema['incidents']): Incident {
  return {
    id: row.id,
    title: row.title,
    impact: row.impact,
    status: row.status,
    source: row.source,
    component: row.component ?? undefined,
    startedMs: row.started_ms,
    resolvedMs: row.resolved_ms ?? undefined,
    mergedInto: row.merged_into ?? undefined,
    createdMs: row.created_ms,
  }
}

/** How many go on, of all impacts. */
export async function countOpenIncidents(db: Kysely<Schema>): Promise<Map<IncidentImpact, number>> {
  const rows = await db
    .selectFrom('incidents')
    .select(({ fn }) => ['impact', fn.countAll<number>().as('count')])
    .where('resolved_ms', 'is', null)
    .groupBy('impact')
    .execute()
  const counted = new Map(rows.map(({ impact, count }) => [impact, count]))
  return new Map(incidentImpacts.map(impact => [impact, counted.get(impact) ?? 0]))
}
