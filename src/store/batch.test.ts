import { expect, test } from 'vitest'
import { rowsOfAll } from './batch.ts'
import { batch, connection, count, minute, seen } from './test-batches.ts'

test('rows that stand in several batches are one, and slices of two lengths or kinds are two', () => {
  const slice = { name: 'x', sliceMs: minute, seconds: 10, valid: 1, failed: 0 }
  const lists = {
    requests: [count(1), count(2), { ...count(1), outcome: 'failed' as const }],
    appSlices: [slice, { ...slice, seconds: 5 }],
    endpointSlices: [slice],
    beats: [{ fromMs: minute, toMs: minute }],
  }
  const own = { users: [seen(minute)], opened: [connection('c')], closed: [{ id: 'c', atMs: minute }] }
  expect(rowsOfAll([])).toBe(0)
  expect(rowsOfAll([batch(1, lists)])).toBe(6)
  expect(rowsOfAll([batch(1, lists), batch(2, { ...lists, ...own }), batch(3, lists)])).toBe(9)
})
