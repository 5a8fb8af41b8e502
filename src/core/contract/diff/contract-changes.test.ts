import { existsSync, readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Contract } from '../contract.ts'
import { readContract } from '../read-contract.ts'
import { contractChanges } from './contract-changes.ts'

const beside = (name: string) => {
  const url = new URL(`../fixtures/${name}`, import.meta.url)
  return existsSync(url) ? readFileSync(url, 'utf8') : undefined
}
const text = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const chatYaml = text('../../../../contracts/chat.yaml')
const authYaml = text('../../../../contracts/auth.yaml')
const yamls = [chatYaml, authYaml, text('../fixtures/every-key.yaml')]

function contractOf(yaml: string): Contract {
  const result = readContract(yaml, 'contract.yaml', beside)
  if (!result.ok)
    throw new Error(result.mistakes.map(({ line, message }) => `${line}: ${message}`).join('\n'))
  return result.contract
}

/** `WHO | WHAT | BEFORE → AFTER | EFFECT`, of every change that replacing makes. */
function changesOf(yaml: string, ...replacements: readonly (readonly [RegExp | string, string])[]): string[] {
  const changed = replacements.reduce((words, [from, to]) => {
    expect(words.replace(from, ''), String(from)).not.toBe(words)
    return words.replace(from, to)
  }, yaml)
  return contractChanges(contractOf(yaml), contractOf(changed)).map(
    ({ who, what, before, after, effect, holds }) => {
      const names = 'names' in who ? ` ${who.names.join('+')}` : ''
      return `${who.kind}${names} | ${what} | ${before} → ${after} | ${effect} | ${holds}`
    },
  )
}

describe('limits are told as they hold', () => {
  it('a default that many endpoints go by is one sentence, for the plans that have none of their own', () => {
    expect(changesOf(chatYaml, ['default: 1000\n', 'default: 2000\n'])).toEqual([
      'plan maker+start+growth | Requests a minute per app, for GetApp, UpsertUsers, QueryUsers, SendMessage and ' +
        'GetRateLimits | 1,000 → 2,000 | better | at once',
    ])
  })

  it('a number that no plan replaces is every caller’s', () => {
    expect(changesOf(chatYaml, ['Search: 300', 'Search: 150'])).toEqual([
      'callers | Requests a minute per app, for Search | 300 → 150 | worse | at once',
    ])
    expect(changesOf(chatYaml, ['user: 60', 'user: off'])).toEqual([
      'callers | Requests a minute per user, for every endpoint | 60 → no limit | better | at once',
    ])
    expect(changesOf(chatYaml, ['divisor: 30', 'divisor: 20'])).toEqual([
      'callers | Requests a second per app (burst) | the app’s limit / 30 → the app’s limit / 20 | better | at once',
    ])
  })

  it('a number for one platform is its callers’', () => {
    const own = 'burst: { divisor: 30 }\n  platforms: { ios: { Search: 100 } }'
    expect(changesOf(chatYaml, ['burst: { divisor: 30 }', own])).toEqual([
      'platform ios | Requests a minute per app, for Search | 300 → 100 | worse | at once',
    ])
  })

  it('a number that nothing goes by is told to whoever wrote it', () => {
    const numbers = 'SendMessage: 60000, GetApp: 1, UpsertUsers: 1, QueryUsers: 1, GetRateLimits: 1'
    const named = chatYaml.replace('SendMessage: 60000', numbers)
    expect(changesOf(named, ['default: 5000', 'default: 6000'])).toEqual([
      'provider | `plans.enterprise.limits.app.default`, as written: it changes no number that holds | 5,000 → 6,000 | neither | at once',
    ])
  })
})

describe('endpoints', () => {
  it('that came, went, moved and were renamed are told apart', () => {
    expect(
      changesOf(
        chatYaml,
        ['  Search: GET /search', '  Search: GET /v2/search\n  Ping: GET /ping (no token)'],
        ['  GetApp: GET /app\n', ''],
        ['  UpsertUsers: POST', '  PutUsers: POST'],
      ),
    ).toEqual([
      'callers | Endpoints taken away | GetApp (GET /app) → null | worse | at once',
      'callers | Endpoints added | null → Ping (GET /ping (no token)) | better | at once',
      'callers | Name of the endpoint POST /users | UpsertUsers → PutUsers | neither | at once',
      'callers | Endpoint Search | GET /search → GET /v2/search | worse | at once',
    ])
  })
})

describe('prices and promises hold from the next month', () => {
  it.each([
    [
      'mau: "0.09"',
      'mau: "0.08"',
      'plan start | Plan start, a user above that | 0.09 USD a user → 0.08 USD a user | better',
    ],
    [
      'monthly: "499.00"',
      'monthly: "520.00"',
      'plan start | Plan start, price a month | 499.00 USD → 520.00 USD | worse',
    ],
    ['{ mau: 10000, connections: 500 }', '{ mau: 10000 }', null],
    [
      'target: "99.95"',
      'target: "99.9"',
      'support-plan business | Support plan business, uptime promised | 99.95 % → 99.9 % | worse',
    ],
    [
      'normal: 72h',
      'normal: 48h',
      'support-plan business | Support plan business, first reply (normal) | within 72 hours → within 48 hours | better',
    ],
    [
      'minFailed: 5',
      'minFailed: 3',
      'customers | A slice is down when there fail at least | 5 requests → 3 requests | better',
    ],
    [
      'maintenanceNoticeHours: 48',
      'maintenanceNoticeHours: 24',
      'customers | Maintenance is no down time when announced before by at least | 48 hours → 24 hours | worse',
    ],
  ])('%s → %s', (from, to, told) => {
    if (told === null) {
      expect(() => changesOf(chatYaml, [from, to])).toThrow('connections')
      return
    }
    expect(changesOf(chatYaml, [from, to])).toEqual([`${told} | from the next month`])
  })

  it('a calendar’s change is told to those whose clock runs by it', () => {
    expect(changesOf(authYaml, ['open: "09:00", close: "18:00"', 'open: "08:00", close: "18:00"'])).toEqual([
      'support-plan developer+launch | Calendar business, hours | Monday to Friday 09:00 to 18:00 → Monday to Friday 08:00 to 18:00 | better | from the next month',
    ])
  })

  it('another form of SLA is told whole, and only once', () => {
    const tiered =
      'sla: { form: tiered, tiers: [{ below: "99.9", credit: "10" }], cap: "30", base: invoice, credit: automatic }'
    const told = changesOf(chatYaml, [/sla: \{ form: accelerated, target: "99.95".*\}/, tiered])
    expect(told).toHaveLength(1)
    expect(told[0]).toMatch(/credit for down time \| 99\.95 % uptime .* → Credit by the uptime .* \| neither/)
  })

  it('a plan that came or went is told as a whole', () => {
    const told = changesOf(chatYaml, ['  maker:\n', '  hobby:\n'])
    expect(told).toEqual([
      expect.stringMatching(/^plan hobby \| Plan hobby \| null → 0\.00 USD a month\. For organizations/),
      expect.stringMatching(/^plan maker \| Plan maker \| 0\.00 USD a month\. .* → null \| worse/),
    ])
  })
})

interface Leaf {
  readonly path: readonly (string | number)[]
  readonly value: unknown
}

function leavesOf(value: unknown, path: Leaf['path'] = []): Leaf[] {
  if (typeof value !== 'object' || value === null) return [{ path, value }]
  return Object.entries(value).flatMap(([key, each]) =>
    leavesOf(each, [...path, Array.isArray(value) ? Number(key) : key]),
  )
}

/** Other values for a leaf, of which those that make no contract are left out later; undefined takes the key away. */
function othersFor({ path, value }: Leaf): unknown[] {
  if (typeof value === 'number') return [value + 1, value * 2, undefined]
  if (typeof value === 'boolean') return [!value, undefined]
  const key = String(path.findLast(each => typeof each === 'string'))
  const words = String(value)
  const raised = words.replace(/\d/, digit => String((Number(digit) + 1) % 10))
  const named = CHOICES[key]?.filter(choice => choice !== value) ?? []
  return [...named, ...(raised === words ? [] : [raised]), `${words}x`, words.replace('/', '/z'), undefined]
}

/** Of keys whose values are names, some that some contract has. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  currency: ['JPY'],
  country: ['GB'],
  algorithm: ['ES256', 'RS256'],
  window: ['sliding', 'aligned'],
  whenCountersAreUnreachable: ['open', 'closed'],
  mau: ['connection', 'request'],
  base: ['invoice', 'recurring'],
  credit: ['automatic', 'on-claim'],
  waitingForCustomer: ['pause', 'run'],
  charge: ['higher', 'sum'],
  calendar: ['office', 'extended', 'business', 'always'],
  supportPlan: ['good', 'business', 'developer', 'best'],
  matches: ['linux'],
  open: ['08:00'],
  close: ['17:00'],
  unmatched: ['reject', 'Rest'],
  origins: ['https://other.example'],
  form: ['none'],
  timezone: ['UTC', 'Asia/Tokyo'],
  days: ['mon', 'sun'],
  request: ['GET /healthz'],
  connections: ['Listen', 'none'],
  always: ['24/7'],
  channels: ['chat'],
}

function withLeaf(root: unknown, { path, value }: Leaf): unknown {
  const [key, ...rest] = path
  if (key === undefined) return value
  if (Array.isArray(root)) {
    if (rest.length === 0 && value === undefined) return root.filter((_, index) => index !== key)
    return root.map((each, index) => (index === key ? withLeaf(each, { path: rest, value }) : each))
  }
  const map = root as Readonly<Record<string, unknown>>
  return { ...map, [key]: withLeaf(map[key], { path: rest, value }) }
}

const variants = yamls.map(yaml => {
  const root: unknown = parse(yaml)
  const leaves = leavesOf(root).filter(({ path }) => path[0] !== 'weir')
  return { root, contract: contractOf(yaml), leaves }
})

function readable(root: unknown): Contract | undefined {
  const result = readContract(JSON.stringify(root), 'contract.yaml', beside)
  return result.ok ? result.contract : undefined
}

describe('tiers', () => {
  const flat = 'overage: { mau: "0.06", connections'
  const tiered = (...tiers: string[]) => `overage: { mau: { tiers: [${tiers.join()}] }, connections`
  const effectOf = (before: string, after: string) => {
    const told = contractChanges(
      contractOf(chatYaml.replace(flat, before)),
      contractOf(chatYaml.replace(flat, after)),
    )
    return told.map(({ what, effect }) => `${what}: ${effect}`)
  }
  const old = tiered('{ upTo: 100, price: "0.06" }', '{ upTo: 200, price: "0.05" }', '{ price: "0.04" }')

  it.each([
    ['each is cheaper or as before', tiered('{ upTo: 100, price: "0.06" }', '{ price: "0.03" }'), 'better'],
    ['the cheaper one begins earlier', old.replace('100', '90'), 'better'],
    ['one is dearer', old.replace('0.05', '0.055'), 'worse'],
    ['the cheaper one begins later', old.replace('200', '201'), 'worse'],
    ['one is cheaper and another dearer', old.replace('0.06', '0.05').replace('0.04', '0.045'), 'neither'],
    [
      'cheaper ones begin later and are cheaper',
      old.replace('200', '300').replace('0.04', '0.03'),
      'neither',
    ],
    ['they become one price, no dearer than any', flat.replace('0.06', '0.04'), 'better'],
    ['they become one price between them', flat.replace('0.06', '0.05'), 'neither'],
    ['they become packages', flat.replace('"0.06"', '{ package: 10, price: "0.10" }'), 'neither'],
  ])('when %s', (_, after, effect) => {
    const opposite = { better: 'worse', worse: 'better' }[effect] ?? effect
    expect(effectOf(old, after)).toEqual([`Plan growth, a user above that: ${effect}`])
    expect(effectOf(after, old)).toEqual([`Plan growth, a user above that: ${opposite}`])
  })
})

describe('nothing is left out', () => {
  it('of any leaf of a contract, whatever else it says', { timeout: 120_000 }, () => {
    const untouched = new Set<string>()
    for (const { root, contract, leaves } of variants) {
      for (const leaf of leaves) {
        const { path, value } = leaf
        let isTried = false
        for (const other of othersFor(leaf)) {
          const changed = isTried ? undefined : readable(withLeaf(root, { path, value: other }))
          if (changed === undefined || isDeepStrictEqual(changed, contract)) continue
          isTried = true
          const told = contractChanges(contract, changed)
          expect(told.length, `${path.join('.')}: ${String(value)} → ${String(other)}`).toBeGreaterThan(0)
        }
        if (!isTried) untouched.add(path.filter(key => typeof key === 'string').join('.'))
      }
    }
    // Of these no other value makes a contract by itself: something else would have to change with it.
    const bound =
      /^(platforms\.\w+\.(token|default)|calendars\.always|.*\.(form|overage|calendar)|metering\.connections|unmatched)$/
    expect([...untouched].filter(path => !bound.test(path) && path !== 'endpoints.openapi')).toEqual([])
  })

  it('of several leaves at once, and the way back tells the opposite', { timeout: 60_000 }, () => {
    const edit = fc.record({ leaf: fc.nat(), other: fc.nat() })
    fc.assert(
      fc.property(
        fc.nat({ max: variants.length - 1 }),
        fc.array(edit, { minLength: 1, maxLength: 3 }),
        (index, edits) => {
          const variant = variants[index]!
          const root = edits.reduce((before, { leaf, other }) => {
            const { path, value } = variant.leaves[leaf % variant.leaves.length] as Leaf
            const others = othersFor({ path, value })
            return withLeaf(before, { path, value: others[other % others.length] })
          }, variant.root)
          const changed = readable(root)
          if (changed === undefined) return
          const there = contractChanges(variant.contract, changed)
          if (isDeepStrictEqual(changed, variant.contract)) {
            expect(there).toEqual([])
            return
          }
          expect(there.length).toBeGreaterThan(0)
          const back = contractChanges(changed, variant.contract)
          const valued = (list: typeof there, side: 'before' | 'after') =>
            list
              .filter(({ before, after }) => before !== null && after !== null)
              .map(each => `${each.what} ${each[side]}`)
              .toSorted()
          expect(valued(back, 'before')).toEqual(valued(there, 'after'))
        },
      ),
      { numRuns: 100 },
    )
  })
})

describe('what means the same is no change', () => {
  it('whatever the order of keys that say nothing by their order, and however it is quoted', () => {
    const ordered = new Set(['platforms', 'severities', 'firstResponse', 'nextResponse', 'resolution'])
    const turned = (value: unknown, key = ''): unknown => {
      if (Array.isArray(value)) return value.map(each => turned(each))
      if (typeof value !== 'object' || value === null) return value
      const entries = Object.entries(value).map(([name, each]) => [name, turned(each, name)] as const)
      return Object.fromEntries(ordered.has(key) ? entries : entries.toReversed())
    }
    for (const { root, contract } of variants) {
      const same = readable(turned(root))
      expect(same && contractChanges(contract, same)).toEqual([])
    }
  })

  it('nor is what is left out and now said, or said with other zeros', () => {
    expect(
      changesOf(
        chatYaml,
        ['mau: "0.09"', 'mau: "0.090"'],
        ['target: "99.95"', 'target: "99.950"'],
        [
          'overage: { mau: "0.06"',
          'overage: { charge: higher, mau: { tiers: [{ upTo: 9, price: "0.06" }, { price: "0.06" }] }',
        ],
        [', charge: higher }\n    supportPlan: business', ' }\n    supportPlan: business'],
        ['burst: { divisor: 30 }', 'burst: { divisor: 30 }\n  window: aligned'],
        ['[portal, email, shared-channel, phone]', '[phone, portal, email, shared-channel]'],
        ['includes: { mau: 2000, connections: 100 }', 'includes: { connections: 100, mau: 2000 }'],
      ),
    ).toEqual([])
  })
})
