import { createRequire } from 'node:module'
import { memoryStore } from '@joint-ops/hitlimit/stores/memory'
import fastRateLimit from 'fast-ratelimit'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { createCounterMemory, openCounters } from '../src/data-plane/counters/shared-memory.ts'

const LIMIT = 500
const CROWD = 10_000_000
const WINDOW_MS = 60_000
const require = createRequire(import.meta.url)

type Admit = (user: string) => 'admitted' | 'rejected' | 'full' | Promise<'admitted' | 'rejected'>
const verdict = (admitted: boolean) => (admitted ? 'admitted' : 'rejected')

const limiters: Record<string, () => Admit> = {
  Weir() {
    // The default size of `weir serve`.
    const memory = createCounterMemory({ slots: 4_194_304, hashKey: { k0: 1, k1: 2 } })
    // The march takes place within one window, however long the machine takes for it.
    const counters = openCounters(memory, { owner: 1, clock: () => 1_800_000_000_000 })
    const scope = counters.scope({ appId: 'app_1', endpoint: 'E', platform: 'web' }, 'aligned')
    const limits = { app: 1 << 30, user: LIMIT, burst: undefined }
    return user => {
      const decision = counters.take(scope, limits, user)
      return decision ? verdict(decision.admitted) : 'full'
    }
  },
  '@fastify/rate-limit, as it comes'() {
    const LocalStore = require('@fastify/rate-limit/store/LocalStore.js')
    const store = new LocalStore(false, false)
    let admitted = false
    const done = (_: unknown, { current }: { current: number }) => void (admitted = current <= LIMIT)
    return user => {
      store.incr(user, done, WINDOW_MS * 60, LIMIT)
      return verdict(admitted)
    }
  },
  'fast-ratelimit'() {
    const limiter = new fastRateLimit.FastRateLimit({ threshold: LIMIT, ttl: 3600 })
    return user => verdict(limiter.consumeSync(user))
  },
  hitlimit() {
    const store = memoryStore()
    return user => verdict((store.hit(user, WINDOW_MS * 60, LIMIT) as { count: number }).count <= LIMIT)
  },
  'rate-limiter-flexible'() {
    const limiter = new RateLimiterMemory({ points: LIMIT, duration: 3600 })
    return user =>
      limiter.consume(user).then(
        () => 'admitted',
        () => 'rejected',
      )
  },
}

const admit = limiters[process.argv[2]!]!()
for (let i = 0; i < LIMIT; i++) await admit('the one')
globalThis.gc!()
const before = process.memoryUsage.rss()
let full = 0
for (let i = 0; i < CROWD; i++) {
  const answer = admit(`user-${i}`)
  if ((answer instanceof Promise ? await answer : answer) === 'full') full++
}
let through = 0
for (let i = 0; i < LIMIT; i++) if ((await admit('the one')) === 'admitted') through++
globalThis.gc!()
process.stdout.write(
  JSON.stringify({
    'let through, of 500': through,
    'memory grew, MiB': (process.memoryUsage.rss() - before) / 2 ** 20,
    'refused for want of room': full,
  }),
)
process.exit(0)
