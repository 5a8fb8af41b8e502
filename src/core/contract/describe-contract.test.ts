import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

import { describeContract } from './describe-contract.ts'
import { allowanceIn30Days, wrapped } from './plain-words.ts'
import { readContract } from './read-contract.ts'

function file(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8')
}

function describedAsOneLine(name: string): string {
  const result = readContract(file(name), name, beside => file(`fixtures/${beside}`))
  if (!result.ok) throw new Error(`${name} does not load`)
  return describeContract(result.contract).replaceAll(/\s+/g, ' ')
}

describe('a customer reads what is promised', () => {
  test.each([
    'in the header `x-api-key` or else the query parameter `api_key`',
    'a JWT signed by HS256 with the app’s secret. Its claim `user_id` is the user’s id',
    'Endpoint Request per user per app burst a second',
    'Connect GET /connect (websocket) 60 10,000 334',
    'Search GET /search 60 300 10',
    'GetRateLimits GET /rate_limits none 1,000 34',
    'A user is active in a calendar month (UTC) once it opened a connection',
    'more than 5 % of at least 10 valid requests failed, and at least 5 of them',
    'at most 5 members, monthly revenue below 10,000.00 USD and funding below 100,000.00 USD',
    'Past that number new users are refused (403)',
    'Above that, 0.09 USD a user and 0.99 USD a connection. With both above, the higher charge is billed, never both.',
    'Requests a minute per app 60,000 for SendMessage and 5,000 for endpoints without a number of their own.',
    'business: 500.00 USD a month, on top of the plan',
    '99.95 % uptime in each calendar month (UTC); in 30 days that leaves 21 minutes 36 seconds of down time.',
    'one minute down gives back the price of 100 minutes of the month’s invoice, at most 30 % of it',
    'First reply within 2 hours (critical) and within 48 hours (normal). The clock always runs',
    'critical: Messages are lost or users cannot connect',
  ])('in chat: %s', sentence => {
    expect(describedAsOneLine('../../../contracts/chat.yaml')).toContain(sentence)
  })

  test.each([
    'bound to the app by its claim `azp`',
    'Token POST /token (no token) none 6,000 200',
    'Requests that match no endpoint count as Other and are forwarded.',
    '2,200.00 USD a month, or 24,000.00 USD a year, paid ahead',
    'below 99.99 %, but not below 99.9 %: 10 % of the month’s recurring fees',
    'below 99.0 %: 50 % of the month’s recurring fees',
    'claimed by ticket within 30 days after the incident ended',
    'within 4 hours (urgent) and within 1 business day (normal). The clock runs Monday to Friday 09:00 to 18:00 (America/New_York)',
    'Add-on premium-support, 1,500.00 USD a month: first reply within 15 minutes (urgent).',
  ])('in auth: %s', sentence => {
    expect(describedAsOneLine('../../../contracts/auth.yaml')).toContain(sentence)
  })

  test.each([
    'On ios instead per app burst a second',
    'GetThing 3,000 300',
    'a user at 0.10 EUR up to 1,000, 0.0525 EUR beyond and 9.00 EUR for each begun 100 connections. With both above, both are billed.',
    'Monday 09:00 to 12:00, 13:00 to 18:00 and Saturday 10:00 to 24:00 (Europe/Berlin), not on 2026-01-01 and 2026-12-25.',
  ])('in a contract with every key: %s', sentence => {
    expect(describedAsOneLine('fixtures/every-key.yaml')).toContain(sentence)
  })

  test('a platform shows no row that is the same everywhere', () => {
    const [, ios = ''] = describedAsOneLine('fixtures/every-key.yaml').split('On ios instead')
    expect(ios.split('Requests that match')[0]).not.toContain('GetRateLimits')
  })
})

test('the time that a target leaves is exact to the second', () => {
  expect(['99.95', '99.999', '99', '100', '99.9999999'].map(allowanceIn30Days)).toEqual([
    '21 minutes 36 seconds',
    '25 seconds',
    '7 hours 12 minutes',
    'no time at all',
    'no time at all',
  ])
})

test('lines break between words', () => {
  expect(wrapped('aa bb cc', '  ', 7)).toEqual(['  aa bb', '  cc'])
})
