import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
