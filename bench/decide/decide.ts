import { type Figures, interleave, measureApart } from '../rounds.ts'
import type { Result } from '../run.ts'

const names = [
  'Weir',
  'Weir, shared by threads',
  'plain Map (the floor)',
  'fast-ratelimit',
  'hitlimit',
  '@fastify/rate-limit, cache raised',
  'express-rate-limit',
  'hono-rate-limiter',
  'rate-limiter-flexible',
]

/** CPU of a decision and bytes of a live counter, one limit and a contract's three, from the strings a request carries. */
export async function decide(rounds: number): Promise<Result> {
  const result: Result = []
  for (const kind of ['one', 'three'] as const) {
    for (const users of [10_000, 1_000_000]) {
      for (const spread of ['uniform', 'zipf'] as const) {
        const measure = (name: string): Promise<Figures> =>
          measureApart('./decide/child.ts', [name, kind, String(users), spread])
        const rows = await interleave(names, rounds, measure)
        const what = kind === 'one' ? 'one limit' : 'three limits'
        result.push([`decide: ${what}, ${users.toLocaleString('en')} users, ${spread}`, rows])
      }
    }
  }
  return result
}
