import type { Kysely } from 'kysely'
import { type Span, intersection, subtraction, union } from '../core/time/span.ts'
import { chunks } from './rows.ts'
import type { Schema } from './schema.ts'

/** Whose down time it is: customers', by their organization's id, or that of parts of the API, by their names. */
export type DownTimePart = 'organizations' | 'components'

/** How far the down time of a part is judged. */
export interface JudgedDownTime {
  readonly judgedToMs: number
  /** When its last day was judged again: late batches may change it. */
  readonly judgedAgainMs: number
  /** Whatever its subjects are made of; under another text it is judged anew. */
  readonly judgedAs: string
}

export async function judgedDownTime(
  db: Kysely<Schema>,
  part: DownTimePart,
): Promise<JudgedDownTime | undefined> {
  const row = await db.selectFrom('judged_down_time').selectAll().where('part', '=', part).executeTakeFirst()
  if (row === undefined) return undefined
  const { judged_to_ms: judgedToMs, judged_again_ms: judgedAgainMs, judged_as: judgedAs } = row
  return { judgedToMs, judgedAgainMs, judgedAs }
}

export async function setJudgedDownTime(
  db: Kysely<Schema>,
  part: DownTimePart,
  { judgedToMs, judgedAgainMs, judgedAs }: JudgedDownTime,
): Promise<void> {
  const values = { judged_to_ms: judgedToMs, judged_again_ms: judgedAgainMs, judged_as: judgedAs }
  await db
    .insertInto('judged_down_time')
    .values({ part, ...values })
    .onConflict(conflict => conflict.column('part').doUpdateSet(values))
    .execute()
}

/** By subject, ascending, of all that lies in the span. */
export async function downTimeWithin(
  db: Kysely<Schema>,
  part: DownTimePart,
  span: Span,
): Promise<Map<string, Span[]>> {
  const found = await touching(db, part, span)
  const within = [...found].map(([subject, spans]) => [subject, intersection(spans, [span])] as const)
  return new Map(within.filter(([, spans]) => spans.length > 0))
}

/**
 * In the span, each subject was down as `found` says and at no other time; what adjoins is joined. Must run in a
 * transaction.
 */
export async function replaceDownTime(
  db: Kysely<Schema>,
  part: DownTimePart,
  span: Span,
  found: ReadonlyMap<string, readonly Span[]>,
): Promise<void> {
  const before = await touching(db, part, span)
  if (before.size === 0 && found.size === 0) return
  const subjects = [...new Set([...before.keys(), ...found.keys()])].toSorted()
  const rows = subjects.flatMap(subject => {
    const outside = subtraction(before.get(subject) ?? [], [span])
    const inside = intersection(found.get(subject) ?? [], [span])
    return union([...outside, ...inside]).map(({ startMs, endMs }) => {
      return { part, subject, start_ms: startMs, end_ms: endMs }
    })
  })
  await db
    .deleteFrom('down_time')
    .where('part', '=', part)
    .where('end_ms', '>=', span.startMs)
    .where('start_ms', '<=', span.endMs)
    .execute()
  for (const chunk of chunks(rows)) await db.insertInto('down_time').values(chunk).execute()
}

/** Forgets what ended before an instant. */
export async function forgetDownTime(
  db: Kysely<Schema>,
  part: DownTimePart,
  beforeMs: number,
): Promise<void> {
  await db.deleteFrom('down_time').where('part', '=', part).where('end_ms', '<', beforeMs).execute()
}

async function touching(db: Kysely<Schema>, part: DownTimePart, { startMs, endMs }: Span) {
  const rows = await db
    .selectFrom('down_time')
    .select(['subject', 'start_ms as startMs', 'end_ms as endMs'])
    .where('part', '=', part)
    .where('end_ms', '>=', startMs)
    .where('start_ms', '<=', endMs)
    .orderBy('subject')
    .orderBy('start_ms')
    .execute()
  return Map.groupBy(rows, ({ subject }) => subject)
}
