/**
 * A look at how an app uses the API, as an experienced colleague would take it: from what was recorded in
 * the last seven days, with advice for everything that will hurt.
 */
export function reviewIntegration(facts: IntegrationFacts): Finding[] {
  const traffic = facts.requests.reduce((sum, { count }) => sum + count, 0)
  const findings = [
    ...suspension(facts),
    ...(traffic === 0 ? [noTraffic] : reviewTraffic(facts)),
    ...reviewKeys(facts),
  ]
  return findings.toSorted((one, other) => order[one.level] - order[other.level])
}

export interface IntegrationFacts {
  readonly nowMs: number
  readonly suspendedBecause: string | undefined
  /** The valid keys, oldest first. */
  readonly keys: readonly { readonly createdMs: number }[]
  /** The contract's platform for server tokens; undefined when it has none. */
  readonly serverPlatform: string | undefined
  /** Of the last seven days, added up. */
  readonly requests: readonly ReviewedRequests[]
}

export interface ReviewedRequests {
  readonly endpoint: string
  readonly platform: string
  readonly outcome: 'served' | 'failed' | 'client-error' | 'aborted' | 'limited' | 'refused' | 'unmatched'
  readonly count: number
}

export interface Finding {
  /** The same for the same finding, so that a reader can tell what is new. */
  readonly id: string
  readonly level: 'good' | 'notice' | 'problem'
  readonly title: string
  readonly detail: string
  readonly advice: string
}

const order = { problem: 0, notice: 1, good: 2 }

function suspension({ suspendedBecause }: IntegrationFacts): Finding[] {
  if (suspendedBecause === undefined) return []
  return [
    {
      id: 'suspended',
      level: 'problem',
      title: 'The app is suspended',
      detail: `Every request is answered with 403. The reason given: ${suspendedBecause}`,
      advice: 'Settle the reason with the provider, who can resume the app.',
    },
  ]
}

const noTraffic: Finding = {
  id: 'no-traffic',
  level: 'notice',
  title: 'No requests in seven days',
  detail: 'Nothing was recorded for this app, not even a rejected request.',
  advice: 'Check the base URL and the API key of your client; the first request shows up within a second.',
}

function reviewTraffic(facts: IntegrationFacts): Finding[] {
  const byEndpoint = Map.groupBy(facts.requests, ({ endpoint }) => endpoint)
  const findings = [...byEndpoint].flatMap(([endpoint, requests]) => [
    ...reviewLimited(endpoint, requests),
    ...reviewClientErrors(endpoint, requests),
  ])
  const all = [...findings, ...reviewRefused(facts), ...reviewUnmatched(facts), ...reviewServer(facts)]
  return total(facts.requests, 'limited') === 0 ? [...all, withinLimits] : all
}

/** Below these many requests a share says nothing. */
const ENOUGH = 20

function reviewLimited(endpoint: string, requests: readonly ReviewedRequests[]): Finding[] {
  const limited = total(requests, 'limited')
  const served = total(requests, 'served')
  if (limited >= ENOUGH && limited > served) return [retryStorm(endpoint, limited, served)]
  const share = percent(limited, total(requests))
  if (limited < ENOUGH || share < 1) return []
  return [
    {
      id: `limited:${endpoint}`,
      level: share >= 5 ? 'problem' : 'notice',
      title: `${endpoint} runs into its limits`,
      detail: `${share}% of its requests (${limited}) were answered with 429.`,
      advice:
        'Spread the calls over the minute, cache what repeats, wait for Retry-After, or ask for a higher limit.',
    },
  ]
}

function retryStorm(endpoint: string, limited: number, served: number): Finding {
  return {
    id: `retry-storm:${endpoint}`,
    level: 'problem',
    title: `${endpoint} is retried without waiting`,
    detail: `More requests were rejected (${limited}) than served (${served}): a client repeats them at once.`,
    advice: 'After a 429, wait for the seconds in Retry-After, then back off exponentially with jitter.',
  }
}

function reviewClientErrors(endpoint: string, requests: readonly ReviewedRequests[]): Finding[] {
  const errors = total(requests, 'client-error')
  const answered = errors + total(requests, 'served') + total(requests, 'failed')
  const share = percent(errors, answered)
  if (answered < ENOUGH || share < 5) return []
  return [
    {
      id: `client-errors:${endpoint}`,
      level: share >= 20 ? 'problem' : 'notice',
      title: `${endpoint} is often called wrongly`,
      detail: `${share}% of its requests (${errors} of ${answered}) were answered with a 4xx by the API.`,
      advice: 'Log the bodies of these answers; the most frequent one usually explains most of them.',
    },
  ]
}

function reviewRefused({ requests }: IntegrationFacts): Finding[] {
  const refused = total(requests, 'refused')
  const share = percent(refused, total(requests))
  if (refused < ENOUGH || share < 1) return []
  return [
    {
      id: 'refused',
      level: share >= 5 ? 'problem' : 'notice',
      title: 'Credentials are refused',
      detail: `${share}% of all requests (${refused}) were answered with 401 or 403 before they reached the API.`,
      advice:
        'Fetch a new token before the old one expires, and check that it is signed with this app’s secret.',
    },
  ]
}

function reviewUnmatched({ requests }: IntegrationFacts): Finding[] {
  const unmatched = total(requests, 'unmatched')
  if (unmatched < ENOUGH || percent(unmatched, total(requests)) < 1) return []
  return [
    {
      id: 'unmatched',
      level: 'notice',
      title: 'Paths that the API does not have',
      detail: `${unmatched} requests went to a path or method that the contract does not name.`,
      advice: 'Update the client library, and compare its paths with the API’s reference.',
    },
  ]
}

function reviewServer({ requests, serverPlatform }: IntegrationFacts): Finding[] {
  if (serverPlatform === undefined || requests.some(({ platform }) => platform === serverPlatform)) return []
  return [
    {
      id: 'no-server',
      level: 'notice',
      title: 'No calls from your own back end',
      detail: 'Every request of the last seven days came from a client; none carried a server token.',
      advice:
        'Do administrative work from your back end: server tokens have no user limit and stay off devices.',
    },
  ]
}

const withinLimits: Finding = {
  id: 'within-limits',
  level: 'good',
  title: 'Within every limit',
  detail: 'No request of the last seven days was rejected by a limit.',
  advice: 'Nothing to do.',
}

const DAY_MS = 24 * 3600 * 1000

function reviewKeys({ keys, nowMs }: IntegrationFacts): Finding[] {
  const newest = keys.at(-1)
  if (newest === undefined) return [noKey]
  const days = Math.floor((nowMs - newest.createdMs) / DAY_MS)
  if (keys.length > 1 && days >= 7) return [rotationOpen(keys.length, days)]
  return days >= 365 ? [keyOld(days)] : []
}

const noKey: Finding = {
  id: 'no-key',
  level: 'problem',
  title: 'The app has no API key',
  detail: 'Its last key was deleted, so nothing can call the API.',
  advice: 'Create a key and put it into the client.',
}

function rotationOpen(count: number, days: number): Finding {
  return {
    id: 'key-rotation-open',
    level: 'notice',
    title: 'A key rotation is not finished',
    detail: `${count} keys are valid, and the newest is ${days} days old.`,
    advice: 'Once every client uses the newest key, delete the others.',
  }
}

function keyOld(days: number): Finding {
  return {
    id: 'key-old',
    level: 'notice',
    title: 'The API key is old',
    detail: `It was made ${days} days ago.`,
    advice: 'Create a second key, move the clients to it, then delete the old one: both hold meanwhile.',
  }
}

function total(requests: readonly ReviewedRequests[], outcome?: ReviewedRequests['outcome']): number {
  return requests.reduce(
    (sum, request) => (outcome === undefined || request.outcome === outcome ? sum + request.count : sum),
    0,
  )
}

/** Floored to a tenth, so that "5" is never shown for less. */
function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.floor((part * 1000) / whole) / 10
}
