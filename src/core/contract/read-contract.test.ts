import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

import type { Contract } from './contract.ts'
import { formatMistake } from './mistake.ts'
import { readContract } from './read-contract.ts'

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const chat = read('../../../contracts/chat.yaml')
const auth = read('../../../contracts/auth.yaml')
const fixture = (name: string) => read(`fixtures/${name}`)
const nothingBeside = () => undefined

function textOfRow(line: string): string {
  return String(JSON.parse(line.slice(2)))
}

function contractOf(
  text: string,
  readBeside: (name: string) => string | undefined = nothingBeside,
): Contract {
  const result = readContract(text, 'contract.yaml', readBeside)
  if (!result.ok) throw new Error(result.mistakes.map(formatMistake).join('\n'))
  return result.contract
}

function mistakesOf(
  text: string,
  readBeside: (name: string) => string | undefined = nothingBeside,
): string[] {
  const result = readContract(text, 'contract.yaml', readBeside)
  return result.ok ? [] : result.mistakes.map(formatMistake)
}

describe('every mistake is found, where it stands, and nothing else', () => {
  const rows = fixture('mistakes.txt')
    .split('\n# ')
    .slice(1)
    .map(row => {
      const [title = '', from = '', to = '', ...mistakes] = row.trimEnd().split('\n')
      return {
        title,
        from: textOfRow(from),
        to: textOfRow(to),
        mistakes: mistakes.map(line => line.slice(2)),
      }
    })

  test.each(rows)('$title', ({ from, to, mistakes }) => {
    expect(chat).toContain(from)
    expect(mistakes.length).toBeGreaterThan(0)
    const found = mistakesOf(chat.replace(from, () => to))
    expect(found).toEqual(mistakes.map(mistake => `contract.yaml:${mistake}`))
  })

  test('the table holds them all', () => {
    expect(rows.length).toBeGreaterThan(100)
  })

  test('mistakes of all kinds come together, in the order of the file', () => {
    const text = chat
      .replace('timeoutMs: 10000', 'timeoutMs: soon')
      .replace('Search: 300', 'Serch: 300')
      .replace('connections: Connect', 'connections: Conect')
      .replace('errorPercent: "5"', 'errorPercent: 5')
      .replace('supportPlan: business', 'supportPlan: busy')
    const lines = mistakesOf(text).map(mistake => Number(mistake.split(':')[1]))
    expect(lines).toEqual([9, 45, 51, 57, 98])
  })

  test.each([
    ['', '1:1: the contract is empty'],
    ['# only a comment\n', '1:1: the contract is empty'],
    ['just text', '1:1: the contract: expected a map; found "just text"'],
    [`x: ${'['.repeat(40)}${']'.repeat(40)}`, '1:36: nested too deep; a contract needs at most 32 levels'],
    ['#'.repeat(1024 * 1024 + 1), '1:1: the contract is larger than 1 MiB, the most it may be'],
    ['#' + 'ä'.repeat(512 * 1024), '1:1: the contract is larger than 1 MiB, the most it may be'],
  ])('a text that is no contract at all: %#', (text, mistake) => {
    expect(mistakesOf(text)).toContain(`contract.yaml:${mistake}`)
  })
})

test.each(['[', '{a: ', '- ', '? '])('nesting without end is a mistake, not a crash: %j', opening => {
  const [first = ''] = mistakesOf(opening.repeat(9_000))
  expect(first).toMatch(/: (nested too deep|this is not YAML)/)
})

describe('the contracts that Weir comes with load as they stand', () => {
  test('chat', () => {
    const contract = contractOf(chat)
    expect(contract.endpoints.map(endpoint => endpoint.name)).toHaveLength(10)
    expect(contract.limits).toEqual({
      user: { default: 60 },
      app: expect.objectContaining({ default: 1000, Connect: 10_000, Search: 300 }),
      burst: { divisor: 30 },
      window: 'aligned',
      whenCountersAreUnreachable: 'local',
    })
    expect(contract.cors).toEqual({
      origins: ['*'],
      headers: ['x-api-key', 'authorization', 'x-client', 'content-type'],
      maxAgeSeconds: 86_400,
    })
    expect(contract.plans.enterprise?.limits).toEqual({ app: { default: 5000, SendMessage: 60_000 } })
    expect(contract.supportPlans.developer).toMatchObject({
      sla: { form: 'none' },
      price: undefined,
      priority: 0,
    })
    expect(contract.billing).toEqual({ graceHours: 24, taxPercent: '0' })
  })

  test('auth', () => {
    const contract = contractOf(auth)
    expect(contract.unmatched).toBe('Other')
    expect(contract.metering).toEqual({ mau: 'request', connections: [] })
    expect(contract.identity.token).toMatchObject({ algorithm: 'RS256', appClaim: 'azp', query: undefined })
    expect(contract.calendars.business).toMatchObject({
      timezone: 'America/New_York',
      days: { 1: [{ fromMinute: 540, toMinute: 1080 }], 5: [{ fromMinute: 540, toMinute: 1080 }] },
    })
    expect(contract.supportPlans.launch?.support.firstResponse).toEqual({
      urgent: { minutes: 240 },
      normal: { businessDays: 1 },
    })
    expect(contract.supportPlans.enterprise?.addOns).toEqual({
      'premium-support': {
        price: { monthly: '1500.00', annual: undefined },
        firstResponse: { urgent: { minutes: 15 } },
      },
    })
  })

  test('every key of the format is read and kept', () => {
    const contract = contractOf(fixture('every-key.yaml'), fixture)
    expect(contract).toMatchSnapshot()
  })
})

describe('what is left out has its default', () => {
  const least = [
    'weir: 1',
    'name: least',
    'currency: JPY',
    'identity: { apiKey: { header: key }, token: none }',
    'platforms: { all: { default: true } }',
    'endpoints: { Get: GET / }',
    'limits: { app: { default: 5 } }',
  ].join('\n')

  test('a contract needs no more than seven keys', () => {
    expect(contractOf(least)).toMatchObject({
      currency: { code: 'JPY', minorDigits: 0 },
      upstream: { urls: [], timeoutMs: 30_000 },
      identity: { token: undefined, userClaim: 'sub', serverClaim: 'server' },
      unmatched: undefined,
      limits: { user: { default: 'off' }, burst: { divisor: 30 }, window: 'aligned' },
      metering: { mau: 'request', connections: [] },
      cors: undefined,
      availability: {
        sliceSeconds: 10,
        errorPercent: '5',
        minRequests: 10,
        minFailed: 1,
        maintenanceNoticeHours: 48,
      },
    })
  })

  test('severities are the names used in firstResponse', () => {
    const support = 'supportPlans: { s: { support: { calendar: c, firstResponse: { bad: 1h, odd: 2h } } } }'
    const contract = contractOf(`${least}\ncalendars: { c: 24/7 }\n${support}`)
    expect([...contract.severities]).toEqual([
      ['bad', 'bad'],
      ['odd', 'odd'],
    ])
  })

  test('the forint has two decimals, as ISO 4217 says and screens do not', () => {
    expect(contractOf(least.replace('JPY', 'HUF')).currency.minorDigits).toBe(2)
  })
})

describe('reading never throws', () => {
  test('on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), text => {
        expect(readContract(text, 'contract.yaml', nothingBeside).ok).toBe(false)
      }),
      { numRuns: 300 },
    )
  })

  test('on a contract with lines deleted, replaced, doubled or garbled', () => {
    const lines = chat.split('\n')
    const change = fc.record({
      at: fc.nat(lines.length - 1),
      how: fc.constantFrom('delete', 'double', 'replace', 'cut'),
      from: fc.nat(lines.length - 1),
      indent: fc.nat(8),
    })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), changes => {
        const changed = [...lines]
        for (const { at, how, from, indent } of changes) {
          const line = changed[at] ?? ''
          const replacement = ' '.repeat(indent) + (lines[from] ?? '').trim()
          const made = {
            delete: [],
            double: [line, line],
            replace: [replacement],
            cut: [line.slice(0, indent * 3)],
          }
          changed.splice(at, 1, ...made[how])
        }
        const result = readContract(changed.join('\n'), 'contract.yaml', nothingBeside)
        if (!result.ok) expect(result.mistakes.length).toBeGreaterThan(0)
      }),
      { numRuns: 120 },
    )
  })
})
