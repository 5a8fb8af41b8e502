import { expect, test } from 'vitest'
import { type IntegrationFacts, type ReviewedRequests, reviewIntegration } from './review.ts'

const nowMs = Date.UTC(2026, 10, 10)
const day = 24 * 3600 * 1000

function facts(more: Partial<IntegrationFacts>): IntegrationFacts {
  return {
    nowMs,
    suspendedBecause: undefined,
    keys: [{ createdMs: nowMs - day }],
    serverPlatform: 'server',
    requests: [row('served', 1000, 'server')],
    ...more,
  }
}

function row(outcome: ReviewedRequests['outcome'], count: number, platform = 'web'): ReviewedRequests {
  return { endpoint: 'SendMessage', platform, outcome, count }
}

function ids(more: Partial<IntegrationFacts>): string[] {
  return reviewIntegration(facts(more)).map(({ id, level }) => `${level} ${id}`)
}

test('a healthy integration hears only that it is one', () => {
  expect(ids({})).toEqual(['good within-limits'])
})

test('an app without a request is told so, and nothing is said of shares', () => {
  expect(ids({ requests: [] })).toEqual(['notice no-traffic'])
})

test.each([
  [9, []],
  [19, []],
  [20, ['notice limited:SendMessage']],
  [60, ['problem limited:SendMessage']],
  [1001, ['problem retry-storm:SendMessage']],
])('%i rejected beside 1000 served are %j', (limited, expected) => {
  expect(ids({ requests: [row('served', 1000, 'server'), row('limited', limited)] })).toEqual(expected)
})

test.each([
  [52, []],
  [53, ['notice client-errors:SendMessage']],
  [250, ['problem client-errors:SendMessage']],
])('%i client errors beside 1000 served are %j', (errors, expected) => {
  const found = ids({ requests: [row('served', 1000, 'server'), row('client-error', errors)] })
  expect(found).toEqual([...expected, 'good within-limits'])
})

test('refused credentials, unknown paths and a missing back end are each named', () => {
  const requests = [row('served', 1000), row('refused', 100), row('unmatched', 50)]
  expect(ids({ requests })).toEqual([
    'problem refused',
    'notice unmatched',
    'notice no-server',
    'good within-limits',
  ])
})

test('a contract without server tokens asks nobody for a back end', () => {
  expect(ids({ requests: [row('served', 10)], serverPlatform: undefined })).toEqual(['good within-limits'])
})

test.each([
  [[], 'problem no-key'],
  [[{ createdMs: nowMs - 400 * day }, { createdMs: nowMs - 7 * day }], 'notice key-rotation-open'],
  [[{ createdMs: nowMs - 365 * day }], 'notice key-old'],
])('keys %j are %s', (keys, expected) => {
  expect(ids({ keys })).toContain(expected)
})

test('two keys are left alone in the first week of a rotation', () => {
  expect(ids({ keys: [{ createdMs: nowMs - 300 * day }, { createdMs: nowMs - 6 * day }] })).toEqual([
    'good within-limits',
  ])
})

test('a suspension comes first, with its reason', () => {
  const [first] = reviewIntegration(facts({ suspendedBecause: 'unpaid since May' }))
  expect(first).toMatchObject({
    id: 'suspended',
    detail: expect.stringContaining('unpaid since May'),
  })
})
