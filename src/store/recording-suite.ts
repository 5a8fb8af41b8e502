import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Store } from './open-store.ts'
import { applyBatch, applyBatches } from './recording.ts'
import { requestsByMinute, requestTotals } from './requests.ts'
import {
  batch,
  connection,
  count,
  deliveries,
  divided,
  everyFigure,
  everyRow,
  joined,
  minute,
  seen,
} from './test-batches.ts'
import { userKey } from './user-key.ts'

/** What recording must hold to on every database. */
export function runRecordingSuite(name: string, open: () => Promise<Store>, numRuns: number): void {
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
      const { latency: _, ...one } = count(1)
      expect(await requestsByMinute(store.db, span)).toEqual([
        { ...one, outcome: 'limited' },
        { ...one, count: 9 },
      ])
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
      expect((await everyRow(store)).active_users).toEqual([
        { app: 'app_1', month: '2026-11', user: 'ann', first_day: 30 },
        { app: 'app_1', month: '2026-12', user: 'ann', first_day: 1 },
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
      const users = Array.from({ length: 12_345 }, (_, at) => ({
        ...seen(minute),
        userKey: userKey('a', `u${at}`),
      }))
      await applyBatch(store.db, batch(1, { users }))
      expect((await everyRow(store)).active_users).toHaveLength(12_345)
    })

    test('a batch that fails leaves no row, and is applied when it comes again', async () => {
      const bad = batch(1, { requests: [count(1), { ...count(1), endpoint: JSON.parse('null') }] })
      await expect(applyBatch(store.db, bad)).rejects.toThrow(/null/i)
      expect((await everyRow(store)).requests_by_minute).toEqual([])
      expect(await applyBatch(store.db, batch(1, { requests: [count(1)] }))).toBe('applied')
    })

    test('in which order batches come, how often, and how many at once changes no row', async () => {
      await fc.assert(
        fc.asyncProperty(deliveries, fc.integer({ min: 1, max: 4 }), async ({ sent, arriving }, atOnce) => {
          const [inOrder, shuffled] = await Promise.all([open(), open()])
          try {
            for (const each of sent) await applyBatch(inOrder.db, each)
            for (let at = 0; at < arriving.length; at += atOnce) {
              await applyBatches(shuffled.db, arriving.slice(at, at + atOnce))
            }
            expect(await everyRow(shuffled)).toEqual(await everyRow(inOrder))
          } finally {
            await Promise.all([inOrder.close(), shuffled.close()])
          }
        }),
        { numRuns },
      )
    })

    test('how a node divides what it saw into batches changes no figure', async () => {
      await fc.assert(
        fc.asyncProperty(deliveries, async ({ sent }) => {
          const [one, many] = await Promise.all([open(), open()])
          try {
            await applyBatch(one.db, joined(sent))
            const parts = sent.flatMap(divided).map((each, at) => ({ ...each, sequence: at + 1 }))
            await applyBatches(many.db, parts)
            expect(await everyFigure(many)).toEqual(await everyFigure(one))
          } finally {
            await Promise.all([one.close(), many.close()])
          }
        }),
        { numRuns },
      )
    })
  })
}
