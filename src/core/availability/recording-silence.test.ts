import { expect, test } from 'vitest'
import { type HeardNode, findSilence } from './recording-silence.ts'

const nowMs = Date.UTC(2026, 10, 10, 12)
const MINUTE = 60_000

/** Started and last heard of so many minutes ago. */
const node = (id: string, started: number, seen: number, more: Partial<HeardNode> = {}): HeardNode => ({
  id,
  startedMs: nowMs - started * MINUTE,
  lastSeenMs: nowMs - seen * MINUTE,
  endedMs: undefined,
  silentMs: 10_000,
  ...more,
})
const silent = (...nodes: HeardNode[]) =>
  findSilence(nodes, nowMs).map(({ nodeId, sinceMs }) => [nodeId, (nowMs - sinceMs) / MINUTE])

test('no node that is heard of is one silence, since the last of them; before the first node there is none', () => {
  expect(silent(node('a', 60, 5), node('b', 60, 3, { endedMs: nowMs }))).toEqual([[undefined, 3]])
  expect(silent()).toEqual([])
})

test('two minutes are no silence yet, and a millisecond more is', () => {
  expect(silent(node('a', 60, 2))).toEqual([])
  expect(silent(node('a', 60, 2 + 1 / MINUTE))).toHaveLength(1)
})

test('where a test’s clock runs faster, silence is as much longer', () => {
  expect(silent(node('a', 60, 100, { silentMs: 3_600_000 }))).toEqual([])
})

test('one node that falls silent is told while others go on, unless it said that it ends', () => {
  expect(silent(node('a', 60, 0), node('b', 60, 5))).toEqual([['b', 5]])
  expect(silent(node('a', 60, 0), node('b', 60, 5, { endedMs: nowMs - 5 * MINUTE }))).toEqual([])
})

test('a node that was started after it takes the place of one, and of one only', () => {
  expect(silent(node('a', 60, 6), node('b', 60, 5), node('c', 4, 0))).toEqual([['b', 5]])
  expect(silent(node('a', 60, 6), node('c', 7, 0))).toEqual([['a', 6]])
})

test('a node that was gone for a day is expected no more', () => {
  expect(silent(node('a', 3000, 0), node('b', 3000, 24 * 60))).toHaveLength(1)
  expect(silent(node('a', 3000, 0), node('b', 3000, 24 * 60 + 1))).toEqual([])
})
