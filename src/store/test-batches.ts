import * as fc from 'fast-check'
import type { SliceCounts, SliceGrid } from '../core/availability/slice-grid.ts'
import { type Batch, type SliceCount, type TimedRequests, emptyBatch } from './batch.ts'
import type { Store } from './open-store.ts'
import { appPieces, countsOf } from './slices.ts'
import { userKey } from './user-key.ts'

/** Batches for the suites of recording, and all that they leave in the store. */
export const minute = Date.UTC(2026, 10, 30, 23, 59)

export function batch(sequence: number, more: Partial<Batch> = {}): Batch {
  return { ...emptyBatch('node', sequence, minute), ...more }
}

export function count(times: number): TimedRequests {
  return {
    appId: 'app_1',
    endpoint: 'Search',
    platform: 'web',
    outcome: 'served',
    minuteMs: minute,
    count: times,
    latency: [0, times],
  }
}

export function seen(atMs: number) {
  return { appId: 'app_1', userKey: userKey('app_1', 'ann'), atMs }
}

export function connection(id: string, atMs = minute) {
  return { id, appId: 'app_1', userKey: undefined, platform: 'ios', endpoint: 'Connect', atMs }
}

export async function countsOfApp(db: Store['db'], appId: string, grid: SliceGrid): Promise<SliceCounts> {
  return countsOf(await appPieces(db, appId, grid), grid)
}

export async function everyRow({ db }: Store) {
  return {
    nodes: await db.selectFrom('nodes').selectAll().orderBy('id').execute(),
    recorder_progress: await db.selectFrom('recorder_progress').selectAll().orderBy('node').execute(),
    recorder_ahead: await db
      .selectFrom('recorder_ahead')
      .selectAll()
      .orderBy('node')
      .orderBy('sequence')
      .execute(),
    requests_by_minute: await db
      .selectFrom('requests_by_minute')
      .selectAll()
      .orderBy('app')
      .orderBy('minute_ms')
      .orderBy('endpoint')
      .orderBy('platform')
      .orderBy('outcome')
      .execute(),
    active_users: (
      await db
        .selectFrom('active_users')
        .innerJoin('app_months', 'app_months.number', 'active_users.app_month')
        .select(['app', 'month', 'user_key', 'first_day'])
        .orderBy('app')
        .orderBy('month')
        .orderBy('user_key')
        .execute()
    ).map(({ user_key: key, ...row }) => ({ ...row, user: nameOf(row.app, key) })),
    app_slices: await slicesIn(db, 'app_slices'),
    endpoint_slices: await slicesIn(db, 'endpoint_slices'),
    node_beats: await db.selectFrom('node_beats').selectAll().orderBy('node').orderBy('from_ms').execute(),
    unmeasured: await db
      .selectFrom('unmeasured')
      .selectAll()
      .orderBy('from_ms')
      .orderBy('to_ms')
      .orderBy('app')
      .execute(),
    connections: await db.selectFrom('connections').selectAll().orderBy('id').execute(),
    closes_ahead: await db.selectFrom('closes_ahead').selectAll().orderBy('connection').execute(),
  }
}

function nameOf(appId: string, key: Uint8Array): string {
  const text = Buffer.from(key).toString('base64url')
  return ['ann', 'bob'].find(name => userKey(appId, name) === text) ?? text
}

async function slicesIn(db: Store['db'], table: 'app_slices' | 'endpoint_slices') {
  return db
    .selectFrom(table)
    .innerJoin('recorded_names', 'recorded_names.number', `${table}.name`)
    .select(['recorded_names.name as name', 'slice_ms', 'seconds', 'valid', 'failed'])
    .orderBy('recorded_names.name')
    .orderBy('slice_ms')
    .orderBy('seconds')
    .execute()
}

const app = fc.constantFrom('app_1', 'app_2')
const atMs = fc.integer({ min: 0, max: 3 }).map(step => minute + step * 30_000)
const requests = fc.array(
  fc.record({
    appId: app,
    endpoint: fc.constantFrom('Search', 'SendMessage'),
    platform: fc.constantFrom('web', 'ios'),
    outcome: fc.constantFrom('served' as const, 'limited' as const),
    minuteMs: fc.constantFrom(minute, minute + 60_000),
    count: fc.integer({ min: 1, max: 9 }),
    latency: fc.array(fc.nat({ max: 300 }), { maxLength: 3 }),
  }),
  { maxLength: 4 },
)
const users = fc.array(
  fc
    .record({ appId: app, user: fc.constantFrom('ann', 'bob'), atMs })
    .map(each => ({ appId: each.appId, userKey: userKey(each.appId, each.user), atMs: each.atMs })),
  { maxLength: 3 },
)
const slices = (name: fc.Arbitrary<string>): fc.Arbitrary<SliceCount[]> =>
  fc.array(
    fc.record({
      name,
      sliceMs: fc.constantFrom(minute, minute + 10_000),
      seconds: fc.constantFrom(5, 10),
      valid: fc.integer({ min: -1, max: 9 }),
      failed: fc.nat({ max: 2 }),
    }),
    { maxLength: 3 },
  )
const spans = fc.array(
  fc.record({ at: fc.nat({ max: 9 }), length: fc.nat({ max: 2 }) }).map(({ at, length }) => ({
    fromMs: minute + at * 1000,
    toMs: minute + (at + length) * 1000,
  })),
  { maxLength: 3 },
)
const content = fc.record({
  requests,
  users,
  sentAtMs: atMs,
  appSlices: slices(app),
  endpointSlices: slices(fc.constantFrom('Search', 'SendMessage')),
  beats: spans,
  unmeasured: spans.map(all => all.map((span, at) => ({ ...span, appId: at > 0 ? 'app_1' : undefined }))),
})

/** Batches as a node sends them, each connection opened once and closed once or not, and how they arrive. */
export const deliveries = fc
  .record({
    contents: fc.array(content, { minLength: 1, maxLength: 5 }),
    connections: fc.array(fc.record({ openedIn: fc.nat(), closedIn: fc.option(fc.nat()), atMs }), {
      maxLength: 4,
    }),
    order: fc.infiniteStream(fc.nat()),
    repeats: fc.array(fc.nat(), { maxLength: 4 }),
  })
  .map(({ contents, connections, order, repeats }) => {
    const sent = contents.map(({ sentAtMs, ...lists }, at) =>
      batch(at + 1, {
        ...lists,
        sentAtMs,
        opened: connections.flatMap((each, id) =>
          each.openedIn % contents.length === at ? [connection(`c${id}`, each.atMs)] : [],
        ),
        closed: connections.flatMap((each, id) =>
          each.closedIn !== null && each.closedIn % contents.length === at
            ? [{ id: `c${id}`, atMs: each.atMs + 1000 }]
            : [],
        ),
      }),
    )
    const all = [...sent, ...repeats.flatMap(at => sent.slice(at % sent.length).slice(0, 1))]
    const arriving = all
      .map(each => {
        const rank: number = order.next().value
        return { each, rank }
      })
      .toSorted((one, other) => one.rank - other.rank)
      .map(({ each }) => each)
    return { sent, arriving }
  })

/** All that several batches say, in one. */
export function joined(batches: readonly Batch[]): Batch {
  return {
    ...batch(1),
    sentAtMs: Math.max(...batches.map(each => each.sentAtMs)),
    beats: batches.flatMap(each => each.beats),
    requests: batches.flatMap(each => each.requests),
    appSlices: batches.flatMap(each => each.appSlices),
    endpointSlices: batches.flatMap(each => each.endpointSlices),
    users: batches.flatMap(each => each.users),
    opened: batches.flatMap(each => each.opened),
    closed: batches.flatMap(each => each.closed),
    unmeasured: batches.flatMap(each => each.unmeasured),
  }
}

/** The same with one row a batch. */
export function divided(whole: Batch): Batch[] {
  const { nodeId, sequence, sentAtMs, silentMs: _, ended: __, lostBatches: ___, ...lists } = whole
  const parts = Object.entries(lists).flatMap(([name, rows]) =>
    rows.map((row): Batch => ({ ...emptyBatch(nodeId, sequence, sentAtMs), [name]: [row] })),
  )
  return [emptyBatch(nodeId, sequence, sentAtMs), ...parts]
}

/** What the node's numbering leaves in the store is no figure. */
export async function everyFigure(store: Store) {
  const { recorder_progress: _progress, recorder_ahead: _ahead, nodes, ...figures } = await everyRow(store)
  return { ...figures, seen: nodes.map(({ id, last_seen_ms }) => ({ id, last_seen_ms })) }
}
