import { SLIDING_CELLS, slidingAdvance, slidingReset, slidingUsed } from '../../core/limits/sliding-window.ts'

/**
 * Fixed slots in shared memory, found by a 64-bit keyed hash that lies in two places of a slot's first words.
 * A key may lie in either of two buckets of eight slots, and goes where more is free: measured, 72 % of a million
 * slots are taken before the first key finds no room. A slot is free when its window has ended, so nothing is
 * ever deleted and a live counter is never evicted. Every method is called with the lock held.
 */
const BUCKET_SLOTS = 8
const LOW = 0
const HIGH = 1
/** Aligned: the Unix second at which the window ends. Sliding: the newest second that was counted. */
const TIME = 2
const COUNT = 3

/** The longest a slot can hold a live window, in seconds: what lies further ahead is from a clock that was wrong. */
const HORIZON_SECONDS = SLIDING_CELLS

export interface SlotTable {
  readonly slots: number
  /** The place of the key's slot, live or not; -1 if it has none. */
  find(low: number, high: number): number
  /** A slot for a key that has none: an unused or ended one, emptied. -1: every place of this key is live. */
  claim(low: number, high: number, now: number, end: number): number
  /** Requests in the window that is running at `now`. */
  used(at: number, now: number, end: number): number
  /** Makes a found slot live: its window is the one that runs now, empty if the one it held has ended. */
  begin(at: number, now: number, end: number): void
  /** Counts a request in a slot that is live. */
  add(at: number, now: number): void
  /** Unix second of the reset, for a slot or for a key without one (-1). */
  reset(at: number, now: number, end: number, limit: number): number
  /** True if the slot counts something at `now`. */
  live(at: number, now: number): boolean
  /** The place of the n-th slot. */
  placeOf(slot: number): number
}

/** Sixteen bytes a counter: key, end of the window, count. Minutes and seconds share the table. */
export function alignedTable(words: Uint32Array): SlotTable {
  const slotWords = ALIGNED_SLOT_WORDS
  const live = (at: number, now: number) =>
    words[at + TIME]! > now && words[at + TIME]! <= now + HORIZON_SECONDS
  return {
    slots: words.length / slotWords,
    live,
    placeOf: slot => slot * slotWords,
    find: finder(words, slotWords),
    claim: claimer(words, slotWords, live, (at, _now, end) => {
      words[at + TIME] = end
      words[at + COUNT] = 0
    }),
    used: (at, _now, end) => (words[at + TIME] === end ? words[at + COUNT]! : 0),
    begin(at, _now, end) {
      if (words[at + TIME] === end) return
      words[at + TIME] = end
      words[at + COUNT] = 0
    },
    add(at) {
      words[at + COUNT]!++
    },
    reset: (_at, _now, end) => end,
  }
}
export const ALIGNED_SLOT_WORDS = 4

/** 256 bytes a counter: key, newest second, sixty-one cells. */
export function slidingTable(words: Uint32Array): SlotTable {
  const slotWords = SLIDING_SLOT_WORDS
  const cells = TIME + 1
  const live = (at: number, now: number) =>
    words[at + TIME]! + SLIDING_CELLS > now && words[at + TIME]! <= now
  return {
    slots: words.length / slotWords,
    live,
    placeOf: slot => slot * slotWords,
    find: finder(words, slotWords),
    claim: claimer(words, slotWords, live, (at, now) => {
      words.fill(0, at + cells, at + cells + SLIDING_CELLS)
      words[at + TIME] = now
    }),
    used: (at, now) => (live(at, now) ? slidingUsed(words, at + cells, words[at + TIME]!, now) : 0),
    begin(at, now) {
      // Not live: too old, or from a clock that was ahead; either way none of its cells counts any more.
      if (live(at, now)) slidingAdvance(words, at + cells, words[at + TIME]!, now)
      else words.fill(0, at + cells, at + cells + SLIDING_CELLS)
      words[at + TIME] = now
    },
    add(at, now) {
      words[at + cells + (now % SLIDING_CELLS)]!++
    },
    reset: (at, now, _end, limit) =>
      at >= 0 && live(at, now) ? slidingReset(words, at + cells, words[at + TIME]!, now, limit) : now,
  }
}
export const SLIDING_SLOT_WORDS = 3 + SLIDING_CELLS

function finder(words: Uint32Array, slotWords: number): SlotTable['find'] {
  const bucketWords = BUCKET_SLOTS * slotWords
  const mask = words.length / bucketWords - 1

  function findIn(start: number, low: number, high: number): number {
    for (let at = start; at < start + bucketWords; at += slotWords) {
      if (words[at + LOW] === low && words[at + HIGH] === high) return at
    }
    return -1
  }

  return (low, high) => {
    const at = findIn((low & mask) * bucketWords, low, high)
    return at >= 0 ? at : findIn((high & mask) * bucketWords, low, high)
  }
}

function claimer(
  words: Uint32Array,
  slotWords: number,
  live: SlotTable['live'],
  clear: (at: number, now: number, end: number) => void,
): SlotTable['claim'] {
  const bucketWords = BUCKET_SLOTS * slotWords
  const mask = words.length / bucketWords - 1
  const found = { free: 0, at: -1 }

  function lookForFree(start: number, now: number): void {
    let free = 0
    let first = -1
    for (let at = start; at < start + bucketWords; at += slotWords) {
      if (live(at, now)) continue
      if (first < 0) first = at
      free++
    }
    if (free <= found.free) return
    found.free = free
    found.at = first
  }

  return (low, high, now, end) => {
    found.free = 0
    found.at = -1
    lookForFree((low & mask) * bucketWords, now)
    lookForFree((high & mask) * bucketWords, now)
    const { at } = found
    if (at < 0) return -1
    words[at + LOW] = low
    words[at + HIGH] = high
    clear(at, now, end)
    return at
  }
}
