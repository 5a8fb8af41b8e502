import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Store } from './open-store.ts'
import { applyBatch, type Batch } from './recording.ts'
import { requestsByMinute, requestTotals } from './requests.ts'

const minute = Date.UTC(2026, 10, 30, 23, 59)

/** What recording must hold to on every database. */
export function runRecordingSuite(name: string, open: () => Promise<Store>): void {
  describe(`${name}: recording`, () => {
    let store: Store
    beforeEach(async () => {
      store = await open()
    })
    afterEach(async () => store.close())

    test('counts of the same minute, endpoint, platform and outcome add up', async () => {
      await applyBatch(store.db, batch(1, { requests: [count(2), count(3)] }))
      await applyBatch(store.db, batch(2, { requests: [count(4), { ...count(1), outcome: 'limited' }] }))
      const span = { appId: 'app_1', fromMs: minute, toMs: minute + 60_000 }
      expect(await requestsByMinute(store.db, span)).toEqual([{ ...count(1), outcome: 'limited' }, count(9)])
      expect(await requestTotals(store.db, span)).toEqual([
        { endpoint: 'Search', platform: 'web', outcome: 'limited', count: 1 },
        { endpoint: 'Search', platform: 'web', outcome: 'served', count: 9 },
      ])
      expect(await requestsByMinute(store.db, { ...span, fromMs: minute + 1 })).toEqual([])
      expect(await requestsByMinute(store.db, { ...span, toMs: minute })).toEqual([])
    })

    test('a batch that comes again changes nothing', async () => {
      const sent = batch(1, { requests: [count(2)] })
      expect(await applyBatch(store.db, sent)).toBe('applied')
      const before = await everyRow(store)
      expect(await applyBatch(store.db, sent)).toBe('repeated')
      expect(await everyRow(store)).toEqual(before)
    })

    test('sequences of two nodes do not meet', async () => {
      expect(await applyBatch(store.db, batch(1, { nodeId: 'a' }))).toBe('applied')
      expect(await applyBatch(store.db, batch(1, { nodeId: 'b' }))).toBe('applied')
    })

    test('a gap is kept open until it is filled, and then forgotten', async () => {
      for (const sequence of [3, 2, 5]) await applyBatch(store.db, batch(sequence))
      expect((await everyRow(store)).recorder_ahead.map(row => row.sequence)).toEqual([2, 3, 5])
      expect(await applyBatch(store.db, batch(3))).toBe('repeated')
      await applyBatch(store.db, batch(1))
      const { recorder_progress, recorder_ahead } = await everyRow(store)
      expect(recorder_progress).toEqual([{ node: 'node', applied_up_to: 3 }])
      expect(recorder_ahead.map(row => row.sequence)).toEqual([5])
    })

    test('a user counts in the UTC month in which it was seen, from the first instant on', async () => {
      await applyBatch(store.db, batch(1, { users: [seen(minute + 60_000), seen(minute + 5)] }))
      await applyBatch(store.db, batch(2, { users: [seen(minute + 1)] }))
      expect((await everyRow(store)).users_by_month).toEqual([
        { app: 'app_1', month: '2026-11', user: 'ann', first_seen_ms: minute + 1 },
        { app: 'app_1', month: '2026-12', user: 'ann', first_seen_ms: minute + 60_000 },
      ])
    })

    test('a close that comes before its open is not lost', async () => {
      await applyBatch(store.db, batch(2, { closed: [{ id: 'c', atMs: minute + 9 }] }))
      await applyBatch(store.db, batch(1, { opened: [connection('c')] }))
      const { connections, closes_ahead } = await everyRow(store)
      expect(connections).toMatchObject([{ id: 'c', opened_ms: minute, closed_ms: minute + 9 }])
      expect(closes_ahead).toEqual([])
    })

    test('an app that is not known does not spoil the batch', async () => {
      const requests = [{ ...count(1), appId: 'app_gone' }, count(1)]
      expect(await applyBatch(store.db, batch(1, { requests }))).toBe('applied')
      expect((await everyRow(store)).requests_by_minute).toHaveLength(2)
    })

    test('a batch of more rows than one statement takes is written whole', async () => {
      const users = Array.from({ length: 12_345 }, (_, at) => ({ appId: 'a', user: `u${at}`, atMs: minute }))
      await applyBatch(store.db, batch(1, { users }))
      expect((await everyRow(store)).users_by_month).toHaveLength(12_345)
    })

    test('a batch that fails leaves no row, and is applied when it comes again', async () => {
      const bad = batch(1, { requests: [count(1), { ...count(1), endpoint: JSON.parse('null') }] })
      await expect(applyBatch(store.db, bad)).rejects.toThrow(/null/i)
      expect((await everyRow(store)).requests_by_minute).toEqual([])
      expect(await applyBatch(store.db, batch(1, { requests: [count(1)] }))).toBe('applied')
    })

    test('in which order batches come, and how often, changes no row', async () => {
      await fc.assert(
        fc.asyncProperty(deliveries, async ({ sent, arriving }) => {
          const [inOrder, shuffled] = await Promise.all([open(), open()])
          try {
            for (const each of sent) await applyBatch(inOrder.db, each)
            for (const each of arriving) await applyBatch(shuffled.db, each)
            expect(await everyRow(shuffled)).toEqual(await everyRow(inOrder))
          } finally {
            await Promise.all([inOrder.close(), shuffled.close()])
          }
        }),
        { numRuns: 25 },
      )
    })
  })
}

function batch(sequence: number, more: Partial<Batch> = {}): Batch {
  return {
    nodeId: 'node',
    sequence,
    sentAtMs: minute,
    requests: [],
    users: [],
    opened: [],
    closed: [],
    ...more,
  }
}

function count(times: number) {
  return {
    appId: 'app_1',
    endpoint: 'Search',
    platform: 'web',
    outcome: 'served' as const,
    minuteMs: minute,
    count: times,
  }
}

function seen(atMs: number) {
  return { appId: 'app_1', user: 'ann', atMs }
}

function connection(id: string, atMs = minute) {
  return { id, appId: 'app_1', user: undefined, platform: 'ios', endpoint: 'Connect', atMs }
}

async function everyRow({ db }: Store) {
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
    users_by_month: await db
      .selectFrom('users_by_month')
      .selectAll()
      .orderBy('app')
      .orderBy('month')
      .orderBy('user')
      .execute(),
    connections: await db.selectFrom('connections').selectAll().orderBy('id').execute(),
    closes_ahead: await db.selectFrom('closes_ahead').selectAll().orderBy('connection').execute(),
  }
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
  }),
  { maxLength: 4 },
)
const users = fc.array(fc.record({ appId: app, user: fc.constantFrom('ann', 'bob'), atMs }), { maxLength: 3 })

/** Batches as a node sends them, each connection opened once and closed once or not, and how they arrive. */
const deliveries = fc
  .record({
    contents: fc.array(fc.record({ requests, users, sentAtMs: atMs }), { minLength: 1, maxLength: 5 }),
    connections: fc.array(fc.record({ openedIn: fc.nat(), closedIn: fc.option(fc.nat()), atMs }), {
      maxLength: 4,
    }),
    order: fc.infiniteStream(fc.nat()),
    repeats: fc.array(fc.nat(), { maxLength: 4 }),
  })
  .map(({ contents, connections, order, repeats }) => {
    const sent = contents.map(({ sentAtMs, ...content }, at) =>
      batch(at + 1, {
        ...content,
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
