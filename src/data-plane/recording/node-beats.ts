import type { Span } from '../../store/batch.ts'
import { LONGEST_BEAT_MS } from '../../store/nodes.ts'

/** An instant at which a gateway thread could have carried a request, taken in that thread. */
export interface Heard {
  /** Of a clock that nobody sets, the same for all threads of the process, in milliseconds. */
  readonly realMs: number
  /** The store's time. */
  readonly atMs: number
}

/**
 * The beats of a node: it beats while each of its gateway threads goes round. Connections are shared out among the
 * threads without asking them, so one that hangs keeps its share of them waiting, and the node does not carry its traffic.
 */
export interface NodeBeats {
  /** Ascending by `realMs` for each thread. Answers with what is known of the node by it: spans of unbroken beating. */
  heard(thread: number, instant: Heard): readonly Span[]
  /** What is known and was not told, because a beat is told once a second. */
  rest(): readonly Span[]
}

const BEAT_MS = 1000

/** `threads`: how many there are when all of them run. */
export function createNodeBeats(threads: () => number): NodeBeats {
  const newest = new Map<number, Heard>()
  /** The last end of a silence, of whichever thread: no beat reaches back beyond it. */
  let unbrokenFrom: Heard = { realMs: -Infinity, atMs: 0 }
  let told: Heard | undefined = undefined

  function beat(leastMs: number): readonly Span[] {
    if (newest.size < threads()) return []
    const to = [...newest.values()].reduce((a, b) => (b.realMs < a.realMs ? b : a))
    const from = told === undefined || told.realMs < unbrokenFrom.realMs ? unbrokenFrom : told
    // Some thread has said nothing since the silence, or since the last beat.
    if (to.realMs < from.realMs || (from === told && to.realMs - told.realMs < Math.max(leastMs, 1)))
      return []
    told = to
    // A clock that was put back between the two: only what it shows now is sure.
    return [{ fromMs: Math.min(from.atMs, to.atMs), toMs: to.atMs }]
  }

  return {
    heard(thread, instant) {
      const before = newest.get(thread)
      // Whether a thread stood still is a matter of real time, also where a test's clock runs faster.
      const isUnbroken = before !== undefined && instant.realMs - before.realMs <= LONGEST_BEAT_MS
      const untilSilence = isUnbroken ? [] : beat(0)
      if (!isUnbroken && instant.realMs > unbrokenFrom.realMs) unbrokenFrom = instant
      newest.set(thread, instant)
      return [...untilSilence, ...beat(BEAT_MS)]
    },
    rest: () => beat(0),
  }
}
