import { describe, expect, it } from 'vitest'
import type { Limits } from '../contract/contract.ts'
import { applicableLimits } from './applicable-limits.ts'

const contract: Limits = { user: { default: 60 }, app: { default: 1000 }, burst: { divisor: 30 } }

/** Strongest first; each row adds what beats all that stood before. */
const appRows: [why: string, sources: Limits[], app: number][] = [
  ['the contract’s default', [], 1000],
  [
    'the contract’s default for the platform',
    [{}, {}, {}, { ...contract, platforms: { ios: { default: 1001 } } }],
    1001,
  ],
  ['the plan’s default', [{}, {}, { app: { default: 1002 } }, contract], 1002],
  [
    'the plan’s default for the platform',
    [{}, {}, { app: { default: 1002 }, platforms: { ios: { default: 1003 } } }, contract],
    1003,
  ],
  [
    'the terms’ default',
    [{}, { app: { default: 1004 } }, { platforms: { ios: { default: 1003 } } }, contract],
    1004,
  ],
  ['the override’s default', [{ app: { default: 1005 } }, { app: { default: 1004 } }, {}, contract], 1005],
  [
    'the override’s default for the platform',
    [{ app: { default: 1005 }, platforms: { ios: { default: 1006 } } }, {}, {}, contract],
    1006,
  ],
  [
    'the contract’s number for the endpoint beats every default',
    [
      { platforms: { ios: { default: 1006 } } },
      {},
      {},
      { ...contract, app: { default: 1000, Search: 1007 } },
    ],
    1007,
  ],
  [
    'the contract’s number for endpoint and platform',
    [
      { platforms: { ios: { default: 1006 } } },
      {},
      {},
      { ...contract, app: { default: 1000, Search: 1007 }, platforms: { ios: { Search: 1008 } } },
    ],
    1008,
  ],
  [
    'the plan’s number for the endpoint beats the contract’s for the platform',
    [{}, {}, { app: { Search: 1009 } }, { ...contract, platforms: { ios: { Search: 1008 } } }],
    1009,
  ],
  [
    'the terms’ number for the endpoint',
    [{}, { app: { Search: 1010 } }, { platforms: { ios: { Search: 9 } } }, contract],
    1010,
  ],
  [
    'the override’s number for the endpoint',
    [{ app: { Search: 1011 } }, { platforms: { ios: { Search: 9 } } }, {}, contract],
    1011,
  ],
  [
    'the override’s number for endpoint and platform beats everything',
    [
      { app: { Search: 1011 }, platforms: { ios: { Search: 1012 } } },
      { app: { Search: 1 } },
      { app: { Search: 2 } },
      contract,
    ],
    1012,
  ],
]

const userRows: [why: string, sources: Limits[], user: number | undefined][] = [
  ['the contract’s default', [contract], 60],
  ['the plan’s default', [{}, {}, { user: { default: 61 } }, contract], 61],
  ['the override’s default', [{ user: { default: 62 } }, {}, { user: { default: 61 } }, contract], 62],
  [
    'the contract’s number for the endpoint beats every default',
    [{ user: { default: 62 } }, { user: { default: 60, Search: 63 }, app: { default: 1 } }],
    63,
  ],
  ['`off` is found like a number', [{ user: { Search: 'off' } }, contract], undefined],
  [
    'a number for the endpoint beats a default that is off',
    [{ user: { default: 'off' } }, { ...contract, user: { default: 60, Search: 7 } }],
    7,
  ],
  ['nobody says anything', [{ app: { default: 1 } }], undefined],
]

describe('which limit holds', () => {
  it.each(appRows)('for an app: %s', (_why, sources, app) => {
    const all = sources.length > 0 ? sources : [contract]
    expect(applicableLimits(all, 'Search', 'ios').app).toBe(app)
  })

  it.each(userRows)('for a user: %s', (_why, sources, user) => {
    const all = sources.some(({ app }) => app) ? sources : [...sources, { app: { default: 1 } }]
    expect(applicableLimits(all, 'Search', 'ios').user).toBe(user)
  })

  it('another platform’s number does not hold', () => {
    const sources = [{ platforms: { android: { Search: 5, default: 6 } } }, contract]
    expect(applicableLimits(sources, 'Search', 'ios').app).toBe(1000)
  })

  it.each([
    [1000, 30, 34],
    [300, 30, 10],
    [60, 60, 1],
    [1, 30, 1],
    [10_000, 3, 3334],
  ])('burst of %i a minute by %i is %i a second: rounded up, at least one', (app, divisor, burst) => {
    const sources = [{ app: { default: app }, burst: { divisor } }]
    expect(applicableLimits(sources, 'Search', 'ios').burst).toBe(burst)
  })

  it('burst goes by the app limit that holds, and the first source that speaks of it', () => {
    const sources = [{ app: { Search: 90 } }, { burst: 'off' as const }, contract]
    expect(applicableLimits(sources, 'Search', 'ios').burst).toBeUndefined()
    expect(applicableLimits([{ app: { Search: 90 } }, contract], 'Search', 'ios').burst).toBe(3)
  })

  it('an endpoint named like something every object has is no limit', () => {
    expect(applicableLimits([contract], 'constructor', '__proto__')).toEqual({
      app: 1000,
      user: 60,
      burst: 34,
    })
  })
})
