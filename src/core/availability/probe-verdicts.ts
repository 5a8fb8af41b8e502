import { type SliceGrid, spanOf } from './slice-grid.ts'

/** What one probe saw from one place. */
export interface ProbeResult {
  readonly probe: string
  readonly place: string
  /** When it was sent, in the store's time. */
  readonly atMs: number
  /** The answer was as expected. */
  readonly ok: boolean
  /** How long the answer took. */
  readonly ms: number
  readonly detail: string | undefined
}

/** The part of a result that slices are judged by. */
export type ProbeVoice = Pick<ProbeResult, 'probe' | 'place' | 'atMs' | 'ok'>

/** A result speaks for this many of its probe's intervals; a place that has said nothing for longer has no voice. */
const INTERVALS = 2

/** How long a result of a probe with this interval speaks, from the instant it was sent. */
export function voiceMs(everySeconds: number): number {
  return everySeconds * 1000 * INTERVALS
}

/**
 * What the places that have a voice say together: more than half must agree that a probe failed, two of three, and both
 * of two. Undefined: none has a voice.
 */
export function agreed(heard: Iterable<Pick<ProbeVoice, 'ok'>>): 'up' | 'down' | undefined {
  let [voices, failed] = [0, 0]
  for (const { ok } of heard) {
    voices++
    if (!ok) failed++
  }
  if (voices === 0) return undefined
  return failed * 2 > voices ? 'down' : 'up'
}

/**
 * What probes say of each slice: 1 up, 2 down, 0 nothing. Each place speaks by its last result up to the slice's end, if
 * that still speaks at its start. The API is down when one of its probes is. `everySeconds` is each probe's interval;
 * results of a probe that has none count for nothing.
 */
export function probedSlices(
  grid: SliceGrid,
  results: readonly ProbeVoice[],
  everySeconds: ReadonlyMap<string, number>,
): Uint8Array {
  const said = new Uint8Array(grid.length)
  if (results.length === 0) return said
  const ascending = results.toSorted((a, b) => a.atMs - b.atMs)
  const last = new Map<string, Map<string, ProbeVoice>>()
  let next = 0
  let words: Words = { said: 0, untilMs: -Infinity }
  for (let slice = 0; slice < grid.length; slice++) {
    const { startMs, endMs } = spanOf(grid, slice)
    const heard = next
    for (; next < ascending.length && ascending[next]!.atMs < endMs; next++) {
      const result = ascending[next]!
      const places = last.get(result.probe) ?? new Map<string, ProbeVoice>()
      last.set(result.probe, places.set(result.place, result))
    }
    if (next > heard || startMs >= words.untilMs) words = wordsAt(startMs, last, everySeconds)
    said[slice] = words.said
  }
  return said
}

/** What the voices say, and until when if nothing more is heard: the first of them falls silent then. */
interface Words {
  readonly said: number
  readonly untilMs: number
}

function wordsAt(
  startMs: number,
  last: ReadonlyMap<string, ReadonlyMap<string, ProbeVoice>>,
  everySeconds: ReadonlyMap<string, number>,
): Words {
  let said = 0
  let untilMs = Infinity
  for (const [probe, places] of last) {
    const every = everySeconds.get(probe)
    if (every === undefined) continue
    const speaksMs = voiceMs(every)
    const voices = [...places.values()].filter(({ atMs }) => atMs + speaksMs > startMs)
    for (const { atMs } of voices) untilMs = Math.min(untilMs, atMs + speaksMs)
    const verdict = agreed(voices)
    if (verdict) said = Math.max(said, verdict === 'down' ? 2 : 1)
  }
  return { said, untilMs }
}
