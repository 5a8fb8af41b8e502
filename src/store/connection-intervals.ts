import { type Kysely, sql } from 'kysely'
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

const ROWS_A_PAGE = 1000
const DAY_MS = 86_400_000

type SpanAt = Span & { readonly nowMs: number }

/**
 * The connections of apps that were open in `[fromMs, toMs)`, by the instant of their opening, in pages. One whose node is dead at `nowMs` ended when that was last seen; nothing is written for that, so the true
 * end takes its place as soon as it is known. Quick where `fromMs` is the start of a UTC day.
 */
export async function* connectionIntervals(
  db: Kysely<Schema>,
  apps: readonly string[],
  span: SpanAt,
): AsyncGenerator<readonly ConnectionInterval[]> {
  const heads = await Promise.all(apps.map(async id => startHead(pagesOfApp(db, id, span))))
  let page: ConnectionInterval[] = []
  for (let head = first(heads); head !== undefined; head = first(heads)) {
    page.push(head.rows[head.at]!)
    if (++head.at === head.rows.length) await turnPage(head)
    if (page.length < ROWS_A_PAGE) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
}

/** Where the reading of one app's connections is. */
interface Head {
  readonly pages: AsyncGenerator<readonly ConnectionInterval[]>
  /** Empty at the end. */
  rows: readonly ConnectionInterval[]
  at: number
}

async function startHead(pages: Head['pages']): Promise<Head> {
  const head = { pages, rows: [], at: 0 }
  await turnPage(head)
  return head
}

async function turnPage(head: Head): Promise<void> {
  do {
    const { done, value } = await head.pages.next()
    head.rows = done ? [] : value
    head.at = 0
    if (done) return
  } while (head.rows.length === 0)
}

function first(heads: readonly Head[]): Head | undefined {
  let found: Head | undefined
  for (const head of heads) {
    const next = head.rows[head.at]
    if (next !== undefined && (!found || isBefore(next, found.rows[found.at]!))) found = head
  }
  return found
}

function isBefore(one: ConnectionInterval, other: ConnectionInterval): boolean {
  return one.openMs < other.openMs || (one.openMs === other.openMs && one.id < other.id)
}

/** First those that were open already, then those that opened within. */
async function* pagesOfApp(db: Kysely<Schema>, app: string, span: SpanAt): Head['pages'] {
  yield (await openBefore(db, app, span)).toSorted((one, other) => (isBefore(one, other) ? -1 : 1))
  const { fromMs, toMs, nowMs } = span
  let last = { openedMs: fromMs, id: '' }
  for (;;) {
    const after = last
    const rows = await ofApp(db, app)
      .where('opened_ms', '<', toMs)
      .where(where =>
        where(where.refTuple('opened_ms', 'connections.id'), '>', where.tuple(after.openedMs, after.id)),
      )
      .orderBy('opened_ms')
      .orderBy('connections.id')
      .limit(ROWS_A_PAGE)
      .execute()
    yield rows.map(row => toInterval(row, nowMs))
    if (rows.length < ROWS_A_PAGE) return
    const end = rows.at(-1)!
    last = { openedMs: end.opened_ms, id: end.id }
  }
}

/** As many as are open at an instant: the peak needs all of those in memory anyway. */
async function openBefore(
  db: Kysely<Schema>,
  app: string,
  { fromMs, nowMs }: SpanAt,
): Promise<ConnectionInterval[]> {
  let closedLater = ofApp(db, app).where('opened_ms', '<', fromMs).where('closed_ms', '>', fromMs)
  // The words of the index over connections that saw a midnight: all others would have to be looked at.
  if (fromMs % DAY_MS === 0) closedLater = closedLater.where(SAW_MIDNIGHT)
  const stillOpen = ofApp(db, app).where('opened_ms', '<', fromMs).where('closed_ms', 'is', null)
  const rows = [...(await closedLater.execute()), ...(await stillOpen.execute())]
  return rows
    .map(row => toInterval(row, nowMs))
    .filter(({ closeMs }) => closeMs === undefined || closeMs > fromMs)
}

const SAW_MIDNIGHT = sql<boolean>`closed_ms / 86400000 > opened_ms / 86400000`

function ofApp(db: Kysely<Schema>, app: string) {
  return db
    .selectFrom('connections')
    .innerJoin('nodes', 'nodes.id', 'connections.node')
    .selectAll('connections')
    .select(['nodes.last_seen_ms as seenMs', 'nodes.silent_ms as silentMs'])
    .where('app', '=', app)
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
  readonly silentMs: number
}

function toInterval(row: Row, nowMs: number): ConnectionInterval {
  const dead = nowMs - row.seenMs > row.silentMs
  const ended = row.closed_ms ?? (dead ? row.seenMs : undefined)
  return {
    id: row.id,
    app: row.app,
    platform: row.platform,
    endpoint: row.endpoint,
    user: row.user_key ?? undefined,
    openMs: row.opened_ms,
    closeMs: ended === undefined || ended >= row.opened_ms ? ended : row.opened_ms + SHORTEST_MS,
  }
}

/** One that would end before it began, because a clock was put back, was open at its opening all the same. */
const SHORTEST_MS = 1
