import { memoryStore } from '@joint-ops/hitlimit/stores/memory'
import { MemoryStore as ExpressStore } from 'express-rate-limit'
import fastRateLimit from 'fast-ratelimit'
import { MemoryStore as HonoStore } from 'hono-rate-limiter'
import { createRequire } from 'node:module'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { createCounterMemory, openCounters } from '../../src/data-plane/counters/shared-memory.ts'

/** Decides about one request of a user; true if it is admitted. A promise where the library gives one. */
export type Decide = (user: string) => boolean | Promise<boolean>

/** A limiter in its best documented setting, asked for one limit or for the three of a contract. */
export interface Subject {
  /** One limit: the user's, a minute. */
  one(users: number): Decide
  /** Three: the user's and the app's, a minute, and the app's burst, a second. Weir: all or nothing. */
  three(users: number): Decide
}

const NO_LIMIT = 1 << 30
const MINUTE_MS = 60_000
const require = createRequire(import.meta.url)

/** Three calls of a library's one: what its user would write. */
function threeCalls(minute: (key: string) => boolean, second: (key: string) => boolean): Decide {
  return user => minute(`user:${user}`) && minute('app:app_1') && second('burst:app_1')
}

function threeAwaited(
  minute: (key: string) => Promise<boolean>,
  second: (key: string) => Promise<boolean>,
): Decide {
  return async user => (await minute(`user:${user}`)) && (await minute('app:app_1')) && second('burst:app_1')
}

function weir(owner: number | undefined, limits: { app: number; burst: number | undefined }): Subject['one'] {
  return users => {
    const memory = createCounterMemory({
      slots: Math.max(65_536, users * 1.5),
      hashKey: { k0: 12_345, k1: 67_890 },
    })
    const counters = openCounters(memory, { owner, clock: Date.now })
    const scope = counters.scope({ appId: 'app_1', endpoint: 'SendMessage', platform: 'ios' }, 'aligned')
    const all = { ...limits, user: NO_LIMIT }
    return user => counters.take(scope, all, user)?.admitted ?? false
  }
}

/** The floor: what one `Map` costs that forgets nothing. */
function plainMap(windowMs: number): (key: string) => boolean {
  const counts = new Map<string, { end: number; count: number }>()
  return key => {
    const now = Date.now()
    const held = counts.get(key)
    if (held && held.end > now) return ++held.count <= NO_LIMIT
    counts.set(key, { end: now - (now % windowMs) + windowMs, count: 1 })
    return true
  }
}

function fastRatelimit(ttl: number): (key: string) => boolean {
  const limiter = new fastRateLimit.FastRateLimit({ threshold: NO_LIMIT, ttl })
  return key => limiter.consumeSync(key)
}

function hitlimit(windowMs: number): (key: string) => boolean {
  const store = memoryStore()
  return key => (store.hit(key, windowMs, NO_LIMIT) as { count: number }).count <= NO_LIMIT
}

/** Its cache holds 5,000 keys unless it is told to hold more; here it is, because it forgets limits otherwise. */
function fastify(windowMs: number, users: number): (key: string) => boolean {
  const LocalStore = require('@fastify/rate-limit/store/LocalStore.js') as new (
    continueExceeding: boolean,
    exponentialBackoff: boolean,
    cache: number,
  ) => {
    incr(key: string, cb: (e: unknown, r: { current: number }) => void, windowMs: number, max: number): void
  }
  const store = new LocalStore(false, false, users + 10)
  let admitted = false
  const done = (_: unknown, { current }: { current: number }) => void (admitted = current <= NO_LIMIT)
  return key => {
    store.incr(key, done, windowMs, NO_LIMIT)
    return admitted
  }
}

function express(windowMs: number): (key: string) => Promise<boolean> {
  const store = new ExpressStore()
  store.init({ windowMs } as Parameters<ExpressStore['init']>[0])
  return async key => (await store.increment(key)).totalHits <= NO_LIMIT
}

function hono(windowMs: number): (key: string) => Promise<boolean> {
  const store = new HonoStore()
  store.init({ windowMs } as Parameters<HonoStore['init']>[0])
  return async key => (await store.increment(key)).totalHits <= NO_LIMIT
}

function flexible(duration: number): (key: string) => Promise<boolean> {
  const limiter = new RateLimiterMemory({ points: NO_LIMIT, duration })
  return async key => (await limiter.consume(key)).remainingPoints >= 0
}

export const subjects: Record<string, Subject> = {
  // Below zero, the app's limit does not apply: then it is the user's alone.
  Weir: {
    one: weir(undefined, { app: -1, burst: undefined }),
    three: weir(undefined, { app: NO_LIMIT, burst: NO_LIMIT }),
  },
  // As the gateway opens them: exact over all threads, so behind a lock.
  'Weir, shared by threads': {
    one: weir(1, { app: -1, burst: undefined }),
    three: weir(1, { app: NO_LIMIT, burst: NO_LIMIT }),
  },
  'plain Map (the floor)': {
    one: () => plainMap(MINUTE_MS),
    three: () => threeCalls(plainMap(MINUTE_MS), plainMap(1000)),
  },
  'fast-ratelimit': {
    one: () => fastRatelimit(60),
    three: () => threeCalls(fastRatelimit(60), fastRatelimit(1)),
  },
  hitlimit: { one: () => hitlimit(MINUTE_MS), three: () => threeCalls(hitlimit(MINUTE_MS), hitlimit(1000)) },
  '@fastify/rate-limit, cache raised': {
    one: users => fastify(MINUTE_MS, users),
    three: users => threeCalls(fastify(MINUTE_MS, users), fastify(1000, users)),
  },
  'express-rate-limit': {
    one: () => express(MINUTE_MS),
    three: () => threeAwaited(express(MINUTE_MS), express(1000)),
  },
  'hono-rate-limiter': { one: () => hono(MINUTE_MS), three: () => threeAwaited(hono(MINUTE_MS), hono(1000)) },
  'rate-limiter-flexible': { one: () => flexible(60), three: () => threeAwaited(flexible(60), flexible(1)) },
}
