import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KyselyPlugin } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Batch, emptyBatch } from '../../store/batch.ts'
import { type Store, openStore } from '../../store/open-store.ts'
import { applyBatch } from '../../store/recording.ts'
import { silentSpans } from './read-time.ts'

const noonMs = Date.UTC(2026, 10, 10, 12)
const minute = (number: number) => noonMs + number * 60_000

let directory: string
let store: Store
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'weir-silence-'))
  store = await openStore({ file: join(directory, 'weir.db') })
})
afterEach(async () => {
  await store.close()
  rmSync(directory, { recursive: true })
})

/** A node that beat all the time between two minutes; its batch came at the end of it. */
async function beat(node: string, from: number, to: number, more: Partial<Batch> = {}): Promise<void> {
  const beats = [{ fromMs: minute(from), toMs: minute(to) }]
  await applyBatch(store.db, { ...emptyBatch(node, 1, minute(to)), beats, ...more })
}

/** The silent minutes of the hour after noon, as they are known at a minute. */
async function silentAt(number: number): Promise<[from: number, to: number][]> {
  const spans = await silentSpans(store.db, { fromMs: noonMs, toMs: minute(60) }, minute(number))
  return spans.map(({ startMs, endMs }) => [(startMs - noonMs) / 60_000, (endMs - noonMs) / 60_000])
}

test('beats that are on their way are no silence, until the node is silent for longer than it may be', async () => {
  await beat('a', 0, 30, { silentMs: 600_000 })
  expect(await silentAt(40)).toEqual([])
  expect(await silentAt(40.001)).toEqual([[30, 60]])
})

test('a node that ended has none on their way, and what was silent before another began stays so', async () => {
  await beat('a', 0, 10, { ended: true })
  expect(await silentAt(10)).toEqual([[10, 60]])
  await beat('b', 20, 50, { silentMs: 600_000 })
  expect(await silentAt(55)).toEqual([[10, 20]])
  expect(await silentAt(70)).toEqual([
    [10, 20],
    [50, 60],
  ])
})

test('a batch that leaves between two beats makes no silence of the time since the last one', async () => {
  await beat('a', 0, 30, { silentMs: 600_000 })
  await applyBatch(store.db, { ...emptyBatch('a', 2, minute(32)), silentMs: 600_000 })
  expect(await silentAt(40)).toEqual([])
  await applyBatch(store.db, { ...emptyBatch('a', 3, minute(35)), silentMs: 600_000 })
  expect(await silentAt(40)).toEqual([[30, 33]])
})

test('a batch that comes while silence is read makes none', async () => {
  const file = join(directory, 'weir.db')
  for (const before of [1, 2, 3]) {
    const node = `node ${before}`
    await beat(node, 0, 30, { silentMs: 600_000 })
    const writing = await openStore({ file })
    let read = 0
    const between: KyselyPlugin = {
      transformQuery: ({ node: query }) => query,
      async transformResult({ result }) {
        if (++read !== before) return result
        const beats = [{ fromMs: minute(30), toMs: minute(40) }]
        await applyBatch(writing.db, { ...emptyBatch(node, 2, minute(40)), beats, silentMs: 600_000 })
        return result
      },
    }
    const within = { fromMs: noonMs, toMs: minute(60) }
    expect(await silentSpans(store.db.withPlugin(between), within, minute(40))).toEqual([])
    expect(read).toBe(3)
    await store.db.deleteFrom('node_beats').execute()
    await store.db.deleteFrom('nodes').execute()
    await writing.close()
  }
})
