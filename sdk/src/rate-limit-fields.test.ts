import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rateLimitFields } from '../../src/http/rate-limit-fields.ts'
import { decide } from '../../src/core/limits/decision.ts'
import { readPolicies } from './rate-limit-fields.ts'

describe('the fields of a limit', () => {
  it('are read as Weir writes them', () => {
    const app = { policy: 'app', limit: 1000, windowSeconds: 60, remaining: 999, resetSecond: 60 } as const
    const burst = { policy: 'burst', limit: 34, windowSeconds: 1, remaining: 33, resetSecond: 24 } as const
    const fields = rateLimitFields(decide(23_000, [app, burst], []))
    const field = (name: string) => fields[fields.indexOf(name) + 1]!
    expect(readPolicies(field('RateLimit'), field('RateLimit-Policy'))).toEqual([
      { name: 'app', remaining: 999, resetSeconds: 37, limit: 1000, windowSeconds: 60 },
      { name: 'burst', remaining: 33, resetSeconds: 1, limit: 34, windowSeconds: 1 },
    ])
  })

  it('may have names with anything in them, tokens, and parameters that mean nothing here', () => {
    const field = String.raw`"a, \"b\";r=1"; r=2;pk=:AAA=:;t=3 ,token;t=4;r=5;x;y="q, ;r=9"`
    expect(readPolicies(field, null)).toMatchObject([
      { name: 'a, "b";r=1', remaining: 2, resetSeconds: 3, limit: undefined },
      { name: 'token', remaining: 5, resetSeconds: 4, windowSeconds: undefined },
    ])
  })

  it.each([
    '',
    '"app"',
    '"app";r=-1',
    '"app";r=1, ',
    '"app";r=1 "user";r=2',
    '"app";r=1;',
    'limit=10, reset=4',
  ])('that are broken or say nothing tell no policy: %s', field =>
    expect(readPolicies(field, '"app";q=1;w=60')).toEqual([]),
  )

  it('never throw and never take long, whatever they hold', () => {
    const alphabet = fc.constantFrom('"', '\\', ';', ',', '=', ' ', 'r', 't', '1', 'a', '\t', ':')
    fc.assert(
      fc.property(fc.string({ unit: alphabet, maxLength: 2000 }), field => {
        const from = performance.now()
        readPolicies(field, field)
        return performance.now() - from < 5000
      }),
    )
  })
})
