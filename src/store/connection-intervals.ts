import type { Kysely } from 'kysely'
import type { Span } from './batch.ts'
import type { Schema } from './schema.ts'

/** A connection as usage sees it: open in `[openMs, closeMs)`. */
export interface ConnectionInterval {
  readonly id: string
  readonly app: string
  readonly platform: string
  readonly endpoint: string
  /** As `userKey` gives it; undefined: a server's own. Equal for the same user of the same app. */
  readonly user: string | undefined
  readonly openMs: number
  /** undefined: still open. */
  readonly closeMs: number | undefined
}

/** A node that has not been heard of for so long is taken for dead, until it is heard of again. */
export const NODE_SILENT_MS = 10_000

const ROWS_A_PAGE = 1000

/**
 * The connections of an organization's apps that were open in `[fromMs, toMs)`, by the instant of their opening, a
 * page at a time. One whose node is dead at `nowMs` ended when that was last seen; nothing is written for that, so
 * the true end takes its place as soon as it is known.
 */
export async function* connectionIntervals(
  db: Kysely<Schema>,
  organizationId: string,
  span: Span & { readonly nowMs: number },
): AsyncGenerator<ConnectionInterval> {
  const apps = await db.selectFrom('apps').select('id').where('organization', '=', organizationId).execute()
  const streams = apps.map(({ id }) => ofApp(db, id, span))
  const heads = await Promise.all(streams.map(async stream => ({ stream, next: await stream.next() })))
  for (;;) {
    let first: (typeof heads)[number] | undefined = undefined
    for (const head of heads) {
      if (head.next.done) continue
      if (!first || isBefore(head.next.value, first.next.value as ConnectionInterval)) first = head
    }
    if (!first || first.next.done) return
    yield first.next.value
    first.next = await first.stream.next()
  }
}

function isBefore(one: ConnectionInterval, other: ConnectionInterval): boolean {
  return one.openMs < other.openMs || (one.openMs === other.openMs && one.id < other.id)
}

/** First those that were open already, then those that opened within. */
async function* ofApp(
  db: Kysely<Schema>,
  app: string,
  span: Span & { readonly nowMs: number },
): AsyncGenerator<ConnectionInterval> {
  yield* pages(db, app, span, 'before')
  yield* pages(db, app, span, 'within')
}

async function* pages(
  db: Kysely<Schema>,
  app: string,
  { fromMs, toMs, nowMs }: Span & { readonly nowMs: number },
  opened: 'before' | 'within',
): AsyncGenerator<ConnectionInterval> {
  let last = { openedMs: opened === 'within' ? fromMs : -Number.MAX_SAFE_INTEGER, id: '' }
  for (;;) {
    const after = last
    let query = db
      .selectFrom('connections')
      .innerJoin('nodes', 'nodes.id', 'connections.node')
      .selectAll('connections')
      .select('nodes.last_seen_ms as seenMs')
      .where('app', '=', app)
      .where(where =>
        where(where.refTuple('opened_ms', 'connections.id'), '>', where.tuple(after.openedMs, after.id)),
      )
      .orderBy('opened_ms')
      .orderBy('connections.id')
      .limit(ROWS_A_PAGE)
    query =
      opened === 'within'
        ? query.where('opened_ms', '<', toMs)
        : query
            .where('opened_ms', '<', fromMs)
            .where(where => where.or([where('closed_ms', '>', fromMs), where('closed_ms', 'is', null)]))
    const rows = await query.execute()
    for (const row of rows) {
      const interval = toInterval(row, nowMs)
      if (interval.closeMs === undefined || interval.closeMs > fromMs || opened === 'within') yield interval
    }
    if (rows.length < ROWS_A_PAGE) return
    const end = rows.at(-1)!
    last = { openedMs: end.opened_ms, id: end.id }
  }
}

interface Row {
  readonly id: string
  readonly app: string
  readonly platform: string
  readonly endpoint: string
  readonly user_key: string | null
  readonly opened_ms: number
  readonly closed_ms: number | null
  readonly seenMs: number
}

function toInterval(row: Row, nowMs: number): ConnectionInterval {
  const dead = nowMs - row.seenMs > NODE_SILENT_MS
  const ended = row.closed_ms ?? (dead ? row.seenMs : undefined)
  return {
    id: row.id,
    app: row.app,
    platform: row.platform,
    endpoint: row.endpoint,
    user: row.user_key ?? undefined,
    openMs: row.opened_ms,
    // A clock that was put right in between: nothing ends before it began.
    closeMs: ended === undefined ? undefined : Math.max(ended, row.opened_ms),
  }
}
