import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SliceCounts } from '../core/availability/slice-grid.ts'
import { activeUsers, usersByMonth } from './active-users.ts'
import { addApp } from './apps.ts'
import type { TimedRequests } from './batch.ts'
import { connectionIntervals } from './connection-intervals.ts'
import { LONGEST_BEAT_MS, NODE_SILENT_MS, beats, beatsOnTheWayMs } from './nodes.ts'
import type { Store } from './open-store.ts'
import { addOrganization } from './organizations.ts'
import { applyBatch } from './recording.ts'
import { latencyByEndpoint, requestTotals } from './requests.ts'
import { allAppsCounts, endpointCounts } from './slices.ts'
import { batch, connection, count, countsOfApp, everyRow, minute, seen } from './test-batches.ts'
import { unmeasuredSpans } from './unmeasured.ts'
import { userKey } from './user-key.ts'

/** What is read of the recorded figures, on every database. */
export function runFiguresSuite(name: string, open: () => Promise<Store>): void {
  describe(`${name}: recorded figures`, () => {
    let store: Store
    beforeEach(async () => {
      store = await open()
      const organization = { name: 'Acme', billing: {}, eligibility: undefined, createdMs: 1 }
      await addOrganization(store.db, { ...organization, id: 'org_1' })
      for (const id of ['app_1', 'app_2']) await addNamed(id)
    })
    afterEach(async () => store.close())

    async function addNamed(id: string): Promise<void> {
      const app = { id, organizationId: 'org_1', name: id, sealedSecret: Uint8Array.of(1), createdMs: 1 }
      await addApp(store.db, app)
    }

    const intervals = async (span: { fromMs: number; toMs: number; nowMs: number }) =>
      (await Array.fromAsync(connectionIntervals(store.db, ['app_1', 'app_2'], span))).flat()

    test('slices are read by app, by endpoint and over all apps; one of another length counts where it begins', async () => {
      const slice = { sliceMs: minute, seconds: 10, valid: 5, failed: 1 }
      const of = (who: string, more = {}) => ({ name: who, ...slice, ...more })
      const ofApps = [of('app_1'), of('app_1', { valid: 0, failed: 1 }), of('app_2')]
      const ofEndpoints = [of('Search'), of('Send'), of('Send', { sliceMs: minute + 10_000, valid: 1 })]
      const short = of('app_1', { seconds: 5, sliceMs: minute + 15_000, valid: 3 })
      await applyBatch(store.db, batch(1, { appSlices: [...ofApps, short], endpointSlices: ofEndpoints }))
      const left = of('app_1', { sliceMs: minute + 10_000, valid: 1, failed: 0 })
      await applyBatch(store.db, batch(2, { appSlices: [left, { ...left, valid: -1 }] }))
      const grid = { startMs: minute, seconds: 10, length: 2 }
      const counts = ({ valid, failed }: SliceCounts) => [[...valid], [...failed]]
      const both = [
        [5, 3],
        [2, 1],
      ]
      expect(counts(await countsOfApp(store.db, 'app_1', grid))).toEqual(both)
      expect(counts(await endpointCounts(store.db, ['Send'], { ...grid, length: 1 }))).toEqual([[5], [1]])
      expect(counts(await endpointCounts(store.db, ['Nobody'], grid))).toEqual([
        [0, 0],
        [0, 0],
      ])
      const all = [
        [10, 1],
        [2, 1],
      ]
      expect(counts(await allAppsCounts(store.db, grid))).toEqual(all)
      expect(counts(await endpointCounts(store.db, ['Search', 'Send'], grid))).toEqual(all)
    })

    test('latencies of an endpoint add up, also where a row was met again', async () => {
      const requests = [count(1), count(2)]
      for (const sequence of [1, 2]) await applyBatch(store.db, batch(sequence, { requests }))
      await applyBatch(store.db, batch(3, { requests: [{ ...count(300), latency: [300] }] }))
      const span = { appId: 'app_1', fromMs: minute, toMs: minute + 60_000 }
      expect(await latencyByEndpoint(store.db, span, ['served'])).toEqual(new Map([['Search', [300, 6]]]))
      expect(await latencyByEndpoint(store.db, span, ['failed'])).toEqual(new Map())
    })

    test('beats that follow each other are one span, whichever came first; a longer pause is a gap', async () => {
      for (const [index, at] of [0, 4000, 2000, 6001].entries()) {
        const span = { fromMs: minute + at, toMs: minute + at }
        await applyBatch(store.db, batch(index + 1, { beats: [span] }))
      }
      expect(await beats(store.db, { fromMs: minute, toMs: minute + 60_000 })).toEqual([
        { nodeId: 'node', fromMs: minute, toMs: minute + 4000 },
        { nodeId: 'node', fromMs: minute + 6001, toMs: minute + 6001 },
      ])
      expect(await beats(store.db, { fromMs: minute + 4001, toMs: minute + 6001 })).toEqual([])
    })

    test('time whose records are lost is known for the app, and for all when nobody knows whose', async () => {
      const span = { fromMs: minute, toMs: minute + 10_000 }
      const later = { fromMs: minute + 20_000, toMs: minute + 30_000 }
      const unmeasured = [
        { ...span, appId: 'app_1' },
        { ...later, appId: undefined },
      ]
      await applyBatch(store.db, batch(1, { unmeasured }))
      const within = { fromMs: minute, toMs: minute + 60_000 }
      expect(await unmeasuredSpans(store.db, 'app_1', within)).toEqual([span, later])
      expect(await unmeasuredSpans(store.db, 'app_2', within)).toEqual([later])
      expect(await unmeasuredSpans(store.db, 'app_1', { ...within, toMs: minute })).toEqual([])
    })

    test('users are counted by app and first day, and one that two nodes saw is one', async () => {
      const first = seen(minute)
      const earlier = { ...first, atMs: minute - 86_400_000 }
      await applyBatch(store.db, batch(1, { nodeId: 'a', users: [first, earlier] }))
      await applyBatch(store.db, batch(1, { nodeId: 'b', users: [first, { ...first, appId: 'app_2' }] }))
      expect(await usersByMonth(store.db, ['app_1', 'app_2'], '2026-11')).toEqual([
        { appId: 'app_1', day: 29, users: 1 },
        { appId: 'app_2', day: 30, users: 1 },
      ])
      expect(await usersByMonth(store.db, ['app_1'], '2026-12')).toEqual([])
      expect(await activeUsers(store.db, 'org_1', '2026-11')).toHaveLength(2)
    })

    test('users of any month are those that were seen in it, on their first day, in whatever order batches come', async () => {
      const turnMs = Date.UTC(2026, 2, 1)
      const months = ['2026-02', '2026-03']
      // Near the turn of the month, and far from it.
      const atMs = fc.oneof(
        fc.constantFrom(turnMs - 1, turnMs),
        fc.integer({ min: Date.UTC(2026, 1, 1), max: Date.UTC(2026, 3, 1) - 1 }),
      )
      const sighting = fc.record({
        app: fc.nat({ max: 1 }),
        name: fc.constantFrom('ann', 'bob', 'cid'),
        atMs,
      })
      const batches = fc.array(fc.array(sighting, { maxLength: 4 }), { maxLength: 6 })
      let runs = 0
      await fc.assert(
        fc.asyncProperty(batches, async seenIn => {
          runs += 1
          const apps = [`app_${runs}_a`, `app_${runs}_b`]
          for (const id of apps) await addNamed(id)
          const sightings = seenIn.map(all => all.map(each => ({ ...each, appId: apps[each.app]! })))
          for (const [index, all] of sightings.entries()) {
            const users = all.map(each => ({ ...each, userKey: userKey(each.appId, each.name) }))
            await applyBatch(store.db, batch(index + 1, { nodeId: `node_${runs}`, users }))
          }
          for (const month of months) {
            expect(await usersByMonth(store.db, apps, month)).toEqual(
              firstSeen(sightings.flat(), apps, month),
            )
          }
        }),
        { numRuns: 25 },
      )
    })

    test('a user may be called anything, and no two are taken for one', async () => {
      const names = ['a', 'a\0', '\uff41', '\ud800', '', 'x'.repeat(255)]
      const users = names.map(user => ({ ...seen(minute), userKey: userKey('app_1', user) }))
      await applyBatch(store.db, batch(1, { users }))
      expect((await everyRow(store)).active_users).toHaveLength(names.length)
      expect(userKey('ab', 'c')).not.toBe(userKey('a', 'bc'))
    })

    test('connections of all apps come in the order in which they opened, each once', async () => {
      const opened = Array.from({ length: 2500 }, (_, at) => ({
        ...connection(`c${String(at).padStart(4, '0')}`, minute + Math.floor(at / 3)),
        appId: at % 2 ? 'app_1' : 'app_2',
      }))
      await applyBatch(store.db, batch(1, { opened: opened.toReversed() }))
      const read = await intervals({ fromMs: minute, toMs: minute + 60_000, nowMs: minute })
      expect(read.map(({ id }) => id)).toEqual(opened.map(({ id }) => id))
    })

    test('a span holds what was open within it, and nothing that had ended before or opened after', async () => {
      const at = { before: 0, into: 0, within: 1000, after: 2000 }
      const opened = Object.entries(at).map(([id, ms]) => connection(id, minute + ms))
      const closed = [
        { id: 'before', atMs: minute + 1000 },
        { id: 'into', atMs: minute + 1001 },
      ]
      await applyBatch(store.db, batch(1, { opened, closed }))
      const read = await intervals({ fromMs: minute + 1000, toMs: minute + 2000, nowMs: minute })
      expect(read.map(({ id, closeMs }) => [id, closeMs])).toEqual([
        ['into', minute + 1001],
        ['within', undefined],
      ])
    })

    test('a dead node’s connections end when it was last seen, until their true end is known', async () => {
      await applyBatch(store.db, batch(1, { opened: [connection('c')], sentAtMs: minute + 500 }))
      const endsAt = async (nowMs: number) =>
        (await intervals({ fromMs: minute, toMs: minute + 60_000, nowMs })).map(({ closeMs }) => closeMs)
      expect(await endsAt(minute + 500 + NODE_SILENT_MS)).toEqual([undefined])
      expect(await endsAt(minute + 501 + NODE_SILENT_MS)).toEqual([minute + 500])
      await applyBatch(store.db, batch(3, { sentAtMs: minute + 30_000 }))
      expect(await endsAt(minute + 30_000)).toEqual([undefined])
      const closed = [{ id: 'c', atMs: minute + 20_000 }]
      await applyBatch(store.db, batch(2, { closed, sentAtMs: minute + 20_001 }))
      expect(await endsAt(minute + 90_000)).toEqual([minute + 20_000])
    })

    test('a connection that closed before it opened, by a clock that was put back, was open when it opened', async () => {
      await applyBatch(store.db, batch(1, { opened: [connection('c')], sentAtMs: minute + 500 }))
      await applyBatch(store.db, batch(2, { closed: [{ id: 'c', atMs: minute - 3_600_000 }] }))
      const span = { fromMs: minute, toMs: minute + 60_000, nowMs: minute }
      expect(await intervals(span)).toMatchObject([{ id: 'c', openMs: minute, closeMs: minute + 1 }])
      expect(await intervals({ ...span, fromMs: minute + 1 })).toEqual([])
    })

    test('a node on a fast clock is as silent as it says before it is taken for dead', async () => {
      const silentMs = 3600 * NODE_SILENT_MS
      await applyBatch(store.db, batch(1, { opened: [connection('c')], sentAtMs: minute, silentMs }))
      const endsAt = async (nowMs: number) =>
        (await intervals({ fromMs: minute, toMs: minute + 60_000, nowMs })).map(({ closeMs }) => closeMs)
      expect(await endsAt(minute + silentMs)).toEqual([undefined])
      expect(await endsAt(minute + silentMs + 1)).toEqual([minute])
    })

    test('beats are on their way from two seconds before a living node’s newest batch, by its own clock', async () => {
      const silentMs = 720 * NODE_SILENT_MS
      await applyBatch(store.db, batch(1, { sentAtMs: minute, silentMs }))
      expect(await beatsOnTheWayMs(store.db, minute + silentMs)).toBe(minute - 720 * LONGEST_BEAT_MS)
      expect(await beatsOnTheWayMs(store.db, minute + silentMs + 1)).toBeUndefined()
    })

    test('nodes that write the same rows at once never stand in each other’s way', async () => {
      const rows = Array.from({ length: 60 }, (_, at) => ({ ...count(1), endpoint: `E${(at * 7) % 60}` }))
      const write = async (nodeId: string, requests: readonly TimedRequests[]) => {
        const users = requests.map(each => ({ ...seen(minute), userKey: userKey('app_1', each.endpoint) }))
        const slice = { sliceMs: minute, seconds: 10, valid: 1, failed: 0 }
        const slices = requests.map(each => ({ name: each.endpoint, ...slice }))
        const lists = { requests, users, appSlices: slices, endpointSlices: slices }
        for (let sequence = 1; sequence <= 10; sequence++) {
          await applyBatch(store.db, batch(sequence, { nodeId, ...lists }))
        }
      }
      await Promise.all([write('a', rows), write('b', rows.toReversed()), write('c', rows)])
      const span = { appId: 'app_1', fromMs: minute, toMs: minute + 60_000 }
      const totals = await requestTotals(store.db, span)
      expect(totals.map(row => row.count)).toEqual(rows.map(() => 30))
      const latency = await latencyByEndpoint(store.db, span, ['served'])
      expect([...latency.values()]).toEqual(rows.map(() => [0, 30]))
    })
  })
}

interface Sighting {
  readonly appId: string
  readonly name: string
  readonly atMs: number
}

/** How many users an app had first seen on each day of a month: by looking at every sighting for each of them. */
function firstSeen(sightings: readonly Sighting[], apps: readonly string[], month: string) {
  const dayOf = (atMs: number) => Number(new Date(atMs).toISOString().slice(8, 10))
  return apps.flatMap(appId => {
    const own = sightings.filter(
      each => each.appId === appId && new Date(each.atMs).toISOString().startsWith(month),
    )
    const days = [...new Set(own.map(({ name }) => name))].map(name =>
      Math.min(...own.filter(each => each.name === name).map(({ atMs }) => dayOf(atMs))),
    )
    return [...new Set(days)]
      .toSorted((a, b) => a - b)
      .map(day => ({ appId, day, users: days.filter(each => each === day).length }))
  })
}
