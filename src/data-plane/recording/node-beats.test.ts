import { expect, test } from 'vitest'
import { joinSpans } from '../../store/spans.ts'
import { createNodeBeats } from './node-beats.ts'

/** The store's time is an hour ahead of the threads' own clock. */
const HOUR_MS = 3_600_000

/** What a node of some threads beats when they are heard of at these instants, in milliseconds from the start. */
function beatsOf(threads: number, heard: readonly (readonly [thread: number, ms: number])[]) {
  const beats = createNodeBeats(() => threads)
  const told = heard.flatMap(([thread, ms]) => beats.heard(thread, { realMs: ms, atMs: HOUR_MS + ms }))
  return [...told, ...beats.rest()].map(({ fromMs, toMs }) => [fromMs - HOUR_MS, toMs - HOUR_MS])
}

/** Spans that meet, as one. */
function joined(spans: readonly (readonly number[])[]) {
  const met = joinSpans(
    spans.map(([fromMs = 0, toMs = 0]) => ({ fromMs, toMs })),
    0,
  )
  return met.map(({ fromMs, toMs }) => [fromMs, toMs])
}

/** Every 500 ms of a time. */
const steps = (fromMs: number, toMs: number) =>
  Array.from({ length: (toMs - fromMs) / 500 + 1 }, (_, step) => fromMs + step * 500)
const both = (fromMs: number, toMs: number) =>
  steps(fromMs, toMs).flatMap((ms): [number, number][] => [
    [1, ms],
    [2, ms + 100],
  ])
const one = (thread: number, fromMs: number, toMs: number) =>
  steps(fromMs, toMs).map((ms): [number, number] => [thread, ms])

test('a node beats once a second, by what its threads say, and to their last word', () => {
  expect(beatsOf(1, one(1, 0, 3500))).toEqual([
    [0, 0],
    [0, 1000],
    [1000, 2000],
    [2000, 3000],
    [3000, 3500],
  ])
})

test('it does not beat before all of its threads do', () => {
  expect(beatsOf(2, one(1, 0, 5000))).toEqual([])
  expect(joined(beatsOf(2, [...one(1, 0, 5000), ...both(5500, 6500)]))).toEqual([[5600, 6500]])
})

test('while one of its threads hangs it does not beat: until its last word, and from its next one on', () => {
  const heard: [number, number][] = [...both(0, 2000), ...one(1, 2500, 9000), ...both(9500, 11_000)]
  expect(joined(beatsOf(2, heard))).toEqual([
    [100, 2100],
    [9600, 11_000],
  ])
})

test('a node that was stopped as a whole did not beat meanwhile, by either of its threads', () => {
  expect(joined(beatsOf(2, [...both(0, 1000), ...both(31_000, 32_500)]))).toEqual([
    [100, 1000],
    [31_100, 32_500],
  ])
})

test('a thread that is late by less than two seconds, or is replaced in that time, breaks nothing', () => {
  expect(beatsOf(1, [...one(1, 0, 1000), ...one(1, 3000, 4000)])).toEqual([
    [0, 0],
    [0, 1000],
    [1000, 3000],
    [3000, 4000],
  ])
})

test('instants are told by the clock as it was set then; real time alone says what is unbroken', () => {
  const beats = createNodeBeats(() => 1)
  const heard = (realMs: number, atMs: number) => beats.heard(1, { realMs, atMs })
  expect(heard(0, 50_000)).toEqual([{ fromMs: 50_000, toMs: 50_000 }])
  expect(heard(1000, 651_000)).toEqual([{ fromMs: 50_000, toMs: 651_000 }])
  expect(heard(2000, 352_000)).toEqual([{ fromMs: 352_000, toMs: 352_000 }])
  expect(heard(3000, 353_000)).toEqual([{ fromMs: 352_000, toMs: 353_000 }])
})
