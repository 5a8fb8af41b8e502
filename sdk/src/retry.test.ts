import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withoutAnswer } from './metadata.ts'
import { type FailedTry, backOffMs, defaultRetry, retryDelayMs } from './retry.ts'
import { WeirError, networkError } from './weir-error.ts'

interface Case {
  readonly status: number
  readonly code?: string
  readonly scope?: string
  readonly remaining?: number
  readonly retryAfterMs?: number
  readonly tries?: number
}

function failed(of: Case, rest: Partial<FailedTry> = {}): FailedTry {
  const { status, code = 'http-error', scope, remaining, retryAfterMs, tries = 1 } = of
  const state = { resetSeconds: 1, limit: 10, windowSeconds: 1 }
  const policies = remaining === undefined ? [] : [{ name: 'p', remaining, ...state }]
  const metadata = { ...withoutAnswer(tries), responseCode: status, retryAfterMs, policies }
  const error = new WeirError({ code, detail: 'no', scope, metadata })
  return { error, idempotent: false, replayable: true, ...rest }
}

const again = (of: FailedTry) => retryDelayMs(of, defaultRetry, 0.5) !== undefined

describe('a request is sent again', () => {
  it.each<[string, FailedTry]>([
    ['after Weir’s own 429', failed({ status: 429, code: 'rate-limited' })],
    ['after a 429 that shows an empty quota', failed({ status: 429, remaining: 0 })],
    ['after any 429 if it is idempotent', failed({ status: 429 }, { idempotent: true })],
    ['after a 503 if it is idempotent', failed({ status: 503 }, { idempotent: true })],
    [
      'without an answer if it is idempotent',
      { ...failed({ status: 0 }), error: networkError('x', 1), idempotent: true },
    ],
  ])('%s', (_, of) => expect(again(of)).toBe(true))
})

describe('a request is not sent again', () => {
  const idempotent = { idempotent: true }
  it.each<[string, FailedTry]>([
    ['after an API’s 429 that may have come halfway', failed({ status: 429, remaining: 3 })],
    ['after a 503 if it is not idempotent', failed({ status: 503 })],
    ['without an answer if it is not idempotent', { ...failed({ status: 0 }), error: networkError('x', 1) }],
    ['when the plan is used up', failed({ status: 429, scope: 'plan' }, idempotent)],
    ['after any other error', failed({ status: 502, retryAfterMs: 1 }, idempotent)],
    ['when its body is used up', failed({ status: 429, code: 'rate-limited' }, { replayable: false })],
    ['when the tries are', failed({ status: 503, tries: 4 }, idempotent)],
    ['when the wait is too long', failed({ status: 429, code: 'rate-limited', retryAfterMs: 120_001 })],
  ])('%s', (_, of) => expect(again(of)).toBe(false))
})

it('Retry-After is waited out, and a little more so that not all come at once', () => {
  const limited = failed({ status: 429, code: 'rate-limited', retryAfterMs: 3000 })
  expect([0, 0.5].map(random => retryDelayMs(limited, defaultRetry, random))).toEqual([3000, 3125])
})

it('back-off is anything from nothing to a bound that doubles up to a cap', () => {
  const policy = { baseMs: 100, capMs: 1000 }
  const bounds = [1, 2, 3, 4, 5, 6].map(tries => backOffMs(tries, policy, 1))
  expect(bounds).toEqual([100, 200, 400, 800, 1000, 1000])
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (tries, random) => {
        const delayMs = backOffMs(tries, policy, random)
        return delayMs >= 0 && delayMs <= 1000
      },
    ),
  )
})
