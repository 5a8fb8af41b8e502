/**
 * One mutual exclusion for all threads of the process, in two words of shared memory: the holder (0: free) and
 * the number of threads asleep. A decision holds it for well under a microsecond, so a waiter spins first
 * and sleeps only when the holder was put off its core.
 */
const HOLDER = 0
const ASLEEP = 1
export const LOCK_WORDS = 2

/** Longer than a decision takes, shorter than a thread's time slice. */
const SPINS = 200
/** A bound on a sleep, so that a holder which died and was cleared by `breakLock` is noticed. */
const SLEEP_MS = 5

/** `owner` is a positive number that no other thread uses. */
export function lock(words: Int32Array, owner: number): void {
  for (let spin = 0; spin < SPINS; spin++) {
    if (Atomics.compareExchange(words, HOLDER, 0, owner) === 0) return
  }
  for (;;) {
    Atomics.add(words, ASLEEP, 1)
    const holder = Atomics.load(words, HOLDER)
    if (holder !== 0) Atomics.wait(words, HOLDER, holder, SLEEP_MS)
    Atomics.sub(words, ASLEEP, 1)
    if (Atomics.compareExchange(words, HOLDER, 0, owner) === 0) return
  }
}

export function unlock(words: Int32Array): void {
  Atomics.store(words, HOLDER, 0)
  if (Atomics.load(words, ASLEEP) !== 0) Atomics.notify(words, HOLDER, 1)
}

/** Frees the lock if `owner`, a thread that has ended, died holding it. At most one count is then off by one. */
export function breakLock(words: Int32Array, owner: number): void {
  if (Atomics.compareExchange(words, HOLDER, owner, 0) === owner) Atomics.notify(words, HOLDER)
}
