import { type Figures, interleave, measureApart } from './rounds.ts'
import type { Result } from './run.ts'

/**
 * Ten million users march past one who is at the limit. Whoever forgets that one lets it through again; whoever
 * forgets nobody grows.
 */
export async function crowd(rounds: number): Promise<Result> {
  const names = [
    'Weir',
    '@fastify/rate-limit, as it comes',
    'fast-ratelimit',
    'hitlimit',
    'rate-limiter-flexible',
  ]
  const measure = (name: string): Promise<Figures> => measureApart('./crowd-child.ts', [name])
  const rows = await interleave(names, Math.min(rounds, 3), measure)
  return [['crowd: 10 million users pass one at its limit', rows]]
}
