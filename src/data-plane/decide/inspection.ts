import type { Contract } from '../../core/contract/contract.ts'
import { RATE_LIMITS_ENDPOINT } from '../../core/contract/contract.ts'
import { ProblemError } from '../../http/problem.ts'
import type { SharedCounters } from '../counters/shared-memory.ts'
import type { App } from './app-directory.ts'
import { type Answer, jsonAnswer } from './answer.ts'
import type { AskedRequest } from './asked-request.ts'

/** One endpoint's app limit as it stands; `reset` in Unix seconds. */
export interface EndpointRateLimit {
  readonly limit: number
  readonly remaining: number
  readonly reset: number
}

/** By platform (the server platform is `server_side`), then by endpoint. */
export type RateLimits = Record<string, Record<string, EndpointRateLimit>>

/** Which platforms and endpoints are asked for; empty: all. Both are names of the contract. */
export interface RateLimitsQuestion {
  readonly platforms: readonly string[]
  readonly endpoints: readonly string[]
}

const SERVER_SIDE = 'server_side'

/** The answer to an admitted `GET /rate_limits`. Throws an `invalid-query` problem that lists the known names. */
export function inspect(asked: AskedRequest, counters: SharedCounters): Answer {
  const started = performance.now()
  const { contract } = asked.inForce
  const limits = readRateLimits(asked.app!, contract, counters, readQuestion(asked.query, contract))
  return jsonAnswer(asked, { duration: `${(performance.now() - started).toFixed(2)}ms`, ...limits })
}

/** Reads the app's limits without counting anything. */
export function readRateLimits(
  app: App,
  contract: Contract,
  counters: SharedCounters,
  question: RateLimitsQuestion,
): RateLimits {
  const limits: RateLimits = {}
  for (const platform of contract.platforms) {
    if (question.platforms.length > 0 && !question.platforms.includes(platform.name)) continue
    const ofPlatform: Record<string, EndpointRateLimit> = {}
    for (const endpoint of countedEndpoints(contract)) {
      if (question.endpoints.length > 0 && !question.endpoints.includes(endpoint)) continue
      const scope = app.scope(endpoint, platform.name)
      const { limit, remaining, resetSecond } = counters.peek(scope.counters, scope.limits, undefined).shown
      ofPlatform[endpoint] = { limit, remaining, reset: resetSecond }
    }
    limits[shownName(platform)] = ofPlatform
  }
  return limits
}

/** Every name that requests are counted under: the contract's endpoints, the catch-all, and the inspection. */
function countedEndpoints(contract: Contract): string[] {
  return [
    ...contract.endpoints.map(({ name }) => name),
    ...(contract.unmatched === undefined ? [] : [contract.unmatched]),
    RATE_LIMITS_ENDPOINT,
  ]
}

/** Reads the inspection's query. Throws an `invalid-query` problem that lists the known names. */
function readQuestion(query: string, contract: Contract): RateLimitsQuestion {
  const known = new Map(contract.platforms.map(platform => [shownName(platform), platform.name]))
  const platforms: string[] = []
  let endpoints: string[] = []
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === 'endpoints') {
      endpoints = [...endpoints, ...knownEndpoints(value, contract)]
      continue
    }
    const platform = known.get(name)
    if (platform === undefined) {
      throw new ProblemError(
        'invalid-query',
        `"${name}" is no parameter here; known are ${[...known.keys(), 'endpoints'].join(', ')}`,
      )
    }
    if (value !== 'true' && value !== 'false') {
      throw new ProblemError('invalid-query', `"${name}" must be true or false`)
    }
    if (value === 'true') platforms.push(platform)
  }
  return { platforms, endpoints }
}

function knownEndpoints(list: string, contract: Contract): string[] {
  const known = countedEndpoints(contract)
  const asked = list
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '')
  const unknown = asked.filter(name => !known.includes(name))
  if (unknown.length > 0) {
    throw new ProblemError(
      'invalid-query',
      `unknown endpoints: ${unknown.join(', ')}; known are ${known.join(', ')}`,
    )
  }
  return asked
}

function shownName(platform: Contract['platforms'][number]): string {
  return platform.kind === 'server' ? SERVER_SIDE : platform.name
}
