import { type Kysely, sql } from 'kysely'
import { type HeardNode, GONE_SILENCES } from '../core/availability/recording-silence.ts'
import type { Batch, Span } from './batch.ts'
import type { Schema } from './schema.ts'
import { joinSpans } from './spans.ts'

/**
 * Beats no further apart than this are one span: a node beats once a second, and one beat may come late. Whatever
 * lies between two beats of a span had a node running.
 */
export const LONGEST_BEAT_MS = 2000

/**
 * A node that has not been heard of for so long is taken for dead, until it is heard of again. In real time: where a
 * test's clock runs faster, the node says how long that is by its clock.
 */
export const NODE_SILENT_MS = 10_000

/** Notes that a node was there. Must run in a transaction that holds the node's row of `recorder_progress`. */
export async function noteNode(
  db: Kysely<Schema>,
  batches: readonly Pick<Batch, 'nodeId' | 'sentAtMs' | 'beats' | 'silentMs' | 'ended'>[],
): Promise<void> {
  const [first] = batches
  if (first === undefined) return
  const { nodeId } = first
  const sentAt = batches.map(({ sentAtMs }) => sentAtMs)
  const ended = batches.find(batch => batch.ended)
  await db
    .insertInto('nodes')
    .values({
      id: nodeId,
      started_ms: Math.min(...sentAt),
      last_seen_ms: Math.max(...sentAt),
      silent_ms: first.silentMs ?? NODE_SILENT_MS,
      ended_ms: ended?.sentAtMs ?? null,
    })
    .onConflict(conflict =>
      conflict.column('id').doUpdateSet({
        started_ms: sql`case when excluded.started_ms < nodes.started_ms then excluded.started_ms else nodes.started_ms end`,
        last_seen_ms: sql`case when excluded.last_seen_ms > nodes.last_seen_ms then excluded.last_seen_ms else nodes.last_seen_ms end`,
        ended_ms: sql`coalesce(excluded.ended_ms, nodes.ended_ms)`,
      }),
    )
    .execute()
  const spans = joinSpans(
    batches.flatMap(({ beats: own }) => own),
    LONGEST_BEAT_MS,
  )
  for (const span of spans) await addBeats(db, nodeId, span)
}

/** A span takes up those that it reaches: which of them came first makes no difference. */
async function addBeats(db: Kysely<Schema>, node: string, { fromMs, toMs }: Span): Promise<void> {
  const within = { from: fromMs - LONGEST_BEAT_MS, to: toMs + LONGEST_BEAT_MS }
  const reached = await db
    .selectFrom('node_beats')
    .select(['from_ms', 'to_ms'])
    .where('node', '=', node)
    .where('to_ms', '>=', within.from)
    .where('from_ms', '<=', within.to)
    .orderBy('from_ms')
    .execute()
  const from_ms = Math.min(fromMs, ...reached.map(row => row.from_ms))
  const to_ms = Math.max(toMs, ...reached.map(row => row.to_ms))
  const [only] = reached
  if (reached.length === 1 && only!.from_ms === from_ms) {
    // The usual case, a beat at the end of the span, changes one number in place.
    await db
      .updateTable('node_beats')
      .set({ to_ms })
      .where('node', '=', node)
      .where('from_ms', '=', from_ms)
      .execute()
    return
  }
  if (reached.length > 0) {
    const starts = reached.map(row => row.from_ms)
    await db.deleteFrom('node_beats').where('node', '=', node).where('from_ms', 'in', starts).execute()
  }
  await db.insertInto('node_beats').values({ node, from_ms, to_ms }).execute()
}

/** Spans of unbroken beating of any node that touch `[fromMs, toMs)`, ascending by their start. */
export async function beats(
  db: Kysely<Schema>,
  { fromMs, toMs }: Span,
): Promise<{ nodeId: string; fromMs: number; toMs: number }[]> {
  return db
    .selectFrom('node_beats')
    .select(['node as nodeId', 'from_ms as fromMs', 'to_ms as toMs'])
    .where('to_ms', '>=', fromMs)
    .where('from_ms', '<', toMs)
    .orderBy('from_ms')
    .orderBy('node')
    .execute()
}

/**
 * From when on nothing can be said of a node that beats: its last beats are on their way, or it is dead, which shows when
 * it has been silent for long enough. A batch may leave between two beats, so these may be older than the newest batch, by
 * as much as lies between two of a span. Of several the earliest such instant; undefined: no node may be beating.
 */
export async function beatsOnTheWayMs(db: Kysely<Schema>, nowMs: number): Promise<number | undefined> {
  const found = await db
    .selectFrom('nodes')
    .select(
      sql<number | null>`min(last_seen_ms - silent_ms / ${sql.lit(NODE_SILENT_MS / LONGEST_BEAT_MS)})`.as(
        'fromMs',
      ),
    )
    .where('ended_ms', 'is', null)
    .where(sql<number>`last_seen_ms + silent_ms`, '>=', nowMs)
    .executeTakeFirst()
  return found?.fromMs ?? undefined
}

/** Every node that may still come back, and the one heard of last, in the order of their starts. */
export async function nodesInUse(db: Kysely<Schema>, nowMs: number): Promise<HeardNode[]> {
  const last = db.selectFrom('nodes').select(({ fn }) => fn.max('last_seen_ms').as('last'))
  const rows = await db
    .selectFrom('nodes')
    .select([
      'id',
      'started_ms as startedMs',
      'last_seen_ms as lastSeenMs',
      'silent_ms as silentMs',
      'ended_ms as ended',
    ])
    .where(eb =>
      eb.or([
        eb(sql<number>`last_seen_ms + silent_ms * ${GONE_SILENCES}`, '>=', nowMs),
        eb('last_seen_ms', '=', last),
      ]),
    )
    .orderBy('started_ms')
    .orderBy('id')
    .execute()
  return rows.map(({ ended, ...node }) => ({ ...node, endedMs: ended ?? undefined }))
}

/** When the newest batch that is in the store was sent; undefined: there is none. */
export async function lastBatchMs(db: Kysely<Schema>): Promise<number | undefined> {
  const row = await db
    .selectFrom('nodes')
    .select(({ fn }) => fn.max('last_seen_ms').as('last'))
    .executeTakeFirst()
  return row?.last ?? undefined
}

/** When the first node there ever was began to beat. */
export async function firstBeatMs(db: Kysely<Schema>): Promise<number | undefined> {
  const row = await db
    .selectFrom('node_beats')
    .select(({ fn }) => fn.min('from_ms').as('first'))
    .executeTakeFirst()
  return row?.first ?? undefined
}
