import type { ApplicableLimits } from '../../core/limits/applicable-limits.ts'
import { type Decision, type PolicyName, type PolicyState, decide } from '../../core/limits/decision.ts'
import { MINUTE_SECONDS, steadyTime, windowEnd } from '../../core/limits/windows.ts'
import type { Counters, ScopeName } from './counters.ts'
import { type HashKey, hashed, keyedHash } from './keyed-hash.ts'
import { LOCK_WORDS, breakLock, lock, unlock } from './lock.ts'
import {
  ALIGNED_SLOT_WORDS,
  SLIDING_SLOT_WORDS,
  type SlotTable,
  alignedTable,
  slidingTable,
} from './slot-table.ts'

/** What threads share: handed to each of them, and to nobody else, because it holds the hash's key. */
export interface CounterMemory {
  readonly buffer: SharedArrayBuffer
  readonly hashKey: HashKey
  readonly alignedSlots: number
  readonly slidingSlots: number
}

/** Counters of one thread over the shared memory. Limits are exact across all threads that have it open. */
export interface SharedCounters extends Counters<SharedScope> {
  /** Share of slots that are live, from 0 to 1, estimated from a sample. */
  occupancy(): number
}

export interface SharedScope {
  readonly window: 'aligned' | 'sliding'
  readonly app: HashedKey
  readonly burst: HashedKey
  /** The key under which this scope's users are hashed, itself a keyed hash of the scope's name. */
  readonly user: HashKey
}

interface HashedKey {
  readonly low: number
  readonly high: number
}

const HEADER_BYTES = 64
const LATEST_AT_BYTE = 16

/**
 * Memory for at least `slots` counters of aligned windows, at 16 bytes, and a quarter as many of sliding ones,
 * at 256 bytes (rounded up to powers of two). It never grows; memory that no counter touched costs nothing.
 */
export function createCounterMemory(options: { slots: number; hashKey: HashKey }): CounterMemory {
  const alignedSlots = powerOfTwo(options.slots)
  const slidingSlots = powerOfTwo(options.slots / 4)
  const bytes = HEADER_BYTES + 4 * (alignedSlots * ALIGNED_SLOT_WORDS + slidingSlots * SLIDING_SLOT_WORDS)
  return { ...options, buffer: new SharedArrayBuffer(bytes), alignedSlots, slidingSlots }
}

/**
 * `owner`: a positive number of this thread's own, for the lock; undefined where nobody else has the memory open, and
 * no lock is needed (it is a tenth of a decision). `clock`: Unix milliseconds.
 */
export function openCounters(
  memory: CounterMemory,
  options: { owner: number | undefined; clock: () => number },
): SharedCounters {
  const { owner, clock } = options
  const lockWords = new Int32Array(memory.buffer, 0, LOCK_WORDS)
  const latest = new Float64Array(memory.buffer, LATEST_AT_BYTE, 1)
  const alignedWords = memory.alignedSlots * ALIGNED_SLOT_WORDS
  const aligned = alignedTable(new Uint32Array(memory.buffer, HEADER_BYTES, alignedWords))
  const sliding = slidingTable(
    new Uint32Array(memory.buffer, HEADER_BYTES + 4 * alignedWords, memory.slidingSlots * SLIDING_SLOT_WORDS),
  )

  /** The three tallies of the decision in hand; one set, used again, because a thread decides one at a time. */
  const app = tally('app', aligned, MINUTE_SECONDS)
  const burst = tally('burst', aligned, 1)
  const user = tally('user', aligned, MINUTE_SECONDS)
  const tallies = [app, burst, user]

  function aim(scope: SharedScope, limits: ApplicableLimits, userId: string | undefined): void {
    app.table = user.table = scope.window === 'sliding' ? sliding : aligned
    aimAt(app, scope.app, limits.app)
    aimAt(burst, scope.burst, limits.burst)
    const userLimit = userId === undefined ? undefined : limits.user
    if (userLimit !== undefined) keyedHash(scope.user, userId!)
    aimAt(user, hashed, userLimit)
  }

  /** Looks at what was aimed at, and counts it if asked to and nothing stands in the way. -1: no room to count. */
  function evaluate(mayCount: boolean): number {
    const nowMs = (latest[0] = steadyTime(latest[0]!, clock()))
    const now = Math.floor(nowMs / 1000)
    app.end = user.end = windowEnd(now, MINUTE_SECONDS)
    burst.end = windowEnd(now, 1)
    let admitted = true
    for (const each of tallies) if (!look(each, now)) admitted = false
    if (mayCount && admitted) {
      // Slots that are there first: an ended one counts as free, and a claim would take it away.
      for (const each of tallies) begin(each, now)
      for (const each of tallies) if (!claim(each, now)) return -1
      for (const each of tallies) count(each, now)
    }
    for (const each of tallies) findReset(each, now)
    return nowMs
  }

  function evaluateExclusively(mayCount: boolean): number {
    if (owner === undefined) return evaluate(mayCount)
    lock(lockWords, owner)
    try {
      return evaluate(mayCount)
    } finally {
      unlock(lockWords)
    }
  }

  return {
    scope: (name, window) => prepareScope(memory.hashKey, name, window),
    take(scope, limits, userId) {
      aim(scope, limits, userId)
      const nowMs = evaluateExclusively(true)
      return nowMs < 0 ? undefined : decisionOf(nowMs, tallies)
    },
    peek(scope, limits, userId) {
      aim(scope, limits, userId)
      return decide(evaluateExclusively(false), tallies.filter(applies).map(stateOf), none)
    },
    occupancy() {
      const now = Math.floor(clock() / 1000)
      return Math.max(occupancyOf(aligned, now), occupancyOf(sliding, now))
    },
  }
}

/** Frees the counters if the thread that opened them as `owner` died in the middle of a decision. */
export function releaseCounters(memory: CounterMemory, owner: number): void {
  breakLock(new Int32Array(memory.buffer, 0, LOCK_WORDS), owner)
}

/** One policy of the decision in hand. */
interface Tally {
  readonly policy: PolicyName
  table: SlotTable
  readonly windowSeconds: 1 | 60
  key: HashedKey
  /** Unix second at which the aligned window ends that runs now. */
  end: number
  /** -1: this policy does not apply. */
  limit: number
  at: number
  used: number
  exceeded: boolean
  resetSecond: number
}

function tally(policy: PolicyName, table: SlotTable, windowSeconds: 1 | 60): Tally {
  return {
    policy,
    table,
    windowSeconds,
    key: hashed,
    end: 0,
    limit: -1,
    at: -1,
    used: 0,
    exceeded: false,
    resetSecond: 0,
  }
}

function aimAt(each: Tally, key: HashedKey, limit: number | undefined): void {
  each.key = key
  each.limit = limit ?? -1
}

/** Reads the count; false if one more would exceed the limit. */
function look(each: Tally, now: number): boolean {
  each.exceeded = false
  if (each.limit < 0) return true
  each.at = each.table.find(each.key.low, each.key.high)
  each.used = each.at < 0 ? 0 : each.table.used(each.at, now, each.end)
  each.exceeded = each.used >= each.limit
  return !each.exceeded
}

function begin(each: Tally, now: number): void {
  if (each.limit >= 0 && each.at >= 0) each.table.begin(each.at, now, each.end)
}

function claim(each: Tally, now: number): boolean {
  if (each.limit >= 0 && each.at < 0) {
    each.at = each.table.claim(each.key.low, each.key.high, now, each.end)
    return each.at >= 0
  }
  return true
}

function count(each: Tally, now: number): void {
  if (each.limit < 0) return
  each.table.add(each.at, now)
  each.used++
}

function findReset(each: Tally, now: number): void {
  if (each.limit >= 0) each.resetSecond = each.table.reset(each.at, now, each.end, each.limit)
}

function decisionOf(nowMs: number, tallies: readonly Tally[]): Decision {
  const policies: PolicyState[] = []
  let violated = none
  for (const each of tallies) {
    if (!applies(each)) continue
    const state = stateOf(each)
    policies.push(state)
    if (each.exceeded) violated = [...violated, state]
  }
  return decide(nowMs, policies, violated)
}

const none: readonly PolicyState[] = []

function applies(each: Tally): boolean {
  return each.limit >= 0
}

function stateOf({ policy, limit, windowSeconds, used, resetSecond }: Tally): PolicyState {
  return { policy, limit, windowSeconds, remaining: Math.max(0, limit - used), resetSecond }
}

function prepareScope(
  hashKey: HashKey,
  { appId, endpoint, platform }: ScopeName,
  window: SharedScope['window'],
): SharedScope {
  // Names hold no NUL, so two scopes never share a text.
  const keyOf = (policy: string): HashedKey => {
    keyedHash(hashKey, `${policy}\0${appId}\0${endpoint}\0${platform}`)
    return { low: hashed.low, high: hashed.high }
  }
  const user = keyOf('user')
  return { window, app: keyOf('app'), burst: keyOf('burst'), user: { k0: user.low, k1: user.high } }
}

function occupancyOf(table: SlotTable, now: number): number {
  const sample = Math.min(table.slots, 4096)
  const step = table.slots / sample
  let live = 0
  // Buckets fill from their first slot on, so the sample walks through the places within a bucket.
  for (let i = 0; i < sample; i++)
    if (table.live(table.placeOf(i * step + (i % Math.min(step, 8))), now)) live++
  return live / sample
}

function powerOfTwo(atLeast: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(64, atLeast)))
}
