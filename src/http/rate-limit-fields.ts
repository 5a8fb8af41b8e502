import { type Decision, retryAfterSeconds, secondsToReset } from '../core/limits/decision.ts'
import { ProblemError } from './problem.ts'

/** Names an upstream may not speak under, in lower case: Weir's own values replace them. */
export const rateLimitFieldNames = [
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'ratelimit',
  'ratelimit-policy',
] as const

/**
 * The header fields of a decision, as a flat list of names and values: the `X-RateLimit-*` integers (reset in
 * Unix seconds) and the fields of draft-ietf-httpapi-ratelimit-headers-10 (reset in seconds from now); on a
 * rejection also `Retry-After`.
 */
export function rateLimitFields(decision: Decision): string[] {
  const { shown, policies } = decision
  let policyItems = ''
  let stateItems = ''
  for (const policy of policies) {
    const comma = policyItems === '' ? '' : ', '
    policyItems += `${comma}"${policy.policy}";q=${policy.limit};w=${policy.windowSeconds}`
    stateItems += `${comma}"${policy.policy}";r=${policy.remaining};t=${secondsToReset(decision, policy)}`
  }
  const fields = [
    'X-RateLimit-Limit',
    String(shown.limit),
    'X-RateLimit-Remaining',
    String(shown.remaining),
    'X-RateLimit-Reset',
    String(shown.resetSecond),
    'RateLimit-Policy',
    policyItems,
    'RateLimit',
    stateItems,
  ]
  if (!decision.admitted) fields.push('Retry-After', String(retryAfterSeconds(decision)))
  return fields
}

/** The 429 of a rejected decision; its type and `violated-policies` are the draft's. */
export function rateLimitProblem(decision: Decision, endpoint: string, platform: string): ProblemError {
  const { shown, violated } = decision
  const unit = shown.windowSeconds === 1 ? 'second' : 'minute'
  return new ProblemError(
    'rate-limited',
    `The ${scopeWords[shown.policy]} limit of ${shown.limit} requests a ${unit} for ${endpoint} on ${platform} is used up.`,
    {
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      'violated-policies': violated.map(({ policy }) => policy),
      scope: shown.policy,
      endpoint,
      platform,
      limit: shown.limit,
      reset: shown.resetSecond,
    },
  )
}

const scopeWords = { user: 'user’s', app: 'app’s', burst: 'app’s burst' } as const
