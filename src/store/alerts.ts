import { randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** What Weir raises an alarm about by itself. */
export const alertKinds = ['budget.burning', 'budget.exhausted', 'recording.silent'] as const
export type AlertKind = (typeof alertKinds)[number]

/** An alarm that was told. Of a kind and a subject one is open at most. */
export interface Alert {
  readonly id: string
  readonly kind: AlertKind
  /** A customer's id, a node's id, or `recording` for all nodes. */
  readonly subject: string
  /** `fast` or `slow` of a budget that burns, the month of one that is exhausted, else empty. */
  readonly level: string
  readonly because: string
  readonly openedMs: number
  readonly clearedMs: number | undefined
}

/** Opens an alert. Resolves with its id. Throws if one is open for the same. */
export async function addAlert(
  db: Kysely<Schema>,
  { kind, subject, level, because, openedMs }: Omit<Alert, 'id' | 'clearedMs'>,
): Promise<string> {
  const id = `alt_${randomBytes(12).toString('hex')}`
  const values = { id, kind, subject, level, because, opened_ms: openedMs, cleared_ms: null, mailed_ms: null }
  await db.insertInto('alerts').values(values).execute()
  return id
}

/** It got worse: people are to be told again. */
export async function raiseAlert(
  db: Kysely<Schema>,
  id: string,
  { level, because }: Pick<Alert, 'level' | 'because'>,
): Promise<void> {
  await db.updateTable('alerts').set({ level, because, mailed_ms: null }).where('id', '=', id).execute()
}

export async function clearAlert(db: Kysely<Schema>, id: string, atMs: number): Promise<void> {
  await db.updateTable('alerts').set({ cleared_ms: atMs }).where('id', '=', id).execute()
}

/** Those of a kind that go on, by subject. */
export async function openAlerts(db: Kysely<Schema>, kind: AlertKind): Promise<Map<string, Alert>> {
  const rows = await db
    .selectFrom('alerts')
    .selectAll()
    .where('kind', '=', kind)
    .where('cleared_ms', 'is', null)
    .execute()
  return new Map(rows.map(row => [row.subject, fromRow(row)]))
}

/** About whom such an alert was ever raised at this level, whether it goes on or not. */
export async function subjectsAlerted(
  db: Kysely<Schema>,
  kind: AlertKind,
  level: string,
): Promise<Set<string>> {
  const rows = await db
    .selectFrom('alerts')
    .select('subject')
    .where('kind', '=', kind)
    .where('level', '=', level)
    .execute()
  return new Set(rows.map(({ subject }) => subject))
}

/** Of these kinds, those that no mail to the provider has told of, oldest first. */
export async function unmailedAlerts(db: Kysely<Schema>, kinds: readonly AlertKind[]): Promise<Alert[]> {
  const rows = await db
    .selectFrom('alerts')
    .selectAll()
    .where('mailed_ms', 'is', null)
    .where('kind', 'in', kinds)
    .orderBy('opened_ms')
    .orderBy('kind')
    .orderBy('subject')
    .execute()
  return rows.map(fromRow)
}

export async function markMailed(
  db: Kysely<Schema>,
  kinds: readonly AlertKind[],
  atMs: number,
): Promise<void> {
  await db
    .updateTable('alerts')
    .set({ mailed_ms: atMs })
    .where('mailed_ms', 'is', null)
    .where('kind', 'in', kinds)
    .execute()
}

/** How many go on, by kind. */
export async function countOpenAlerts(db: Kysely<Schema>): Promise<Map<AlertKind, number>> {
  const rows = await db
    .selectFrom('alerts')
    .select(({ fn }) => ['kind', fn.countAll<number>().as('count')])
    .where('cleared_ms', 'is', null)
    .groupBy('kind')
    .execute()
  const counted = new Map(rows.map(({ kind, count }) => [kind, count]))
  return new Map(alertKinds.map(kind => [kind, counted.get(kind) ?? 0]))
}

/** Forgets those that were over before an instant. */
export async function forgetAlerts(db: Kysely<Schema>, beforeMs: number): Promise<void> {
  await db.deleteFrom('alerts').where('cleared_ms', '<', beforeMs).execute()
}

function fromRow(row: Schema['alerts']): Alert {
  const { id, kind, subject, level, because, opened_ms: openedMs, cleared_ms: clearedMs } = row
  return { id, kind, subject, level, because, openedMs, clearedMs: clearedMs ?? undefined }
}
