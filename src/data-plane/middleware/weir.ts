import { randomBytes } from 'node:crypto'
import { threadId } from 'node:worker_threads'
import { RATE_LIMITS_ENDPOINT } from '../../core/contract/contract.ts'
import type { Decision } from '../../core/limits/decision.ts'
import { ProblemError } from '../../http/problem.ts'
import { newRequestId } from '../../http/request-id.ts'
import {
  type CounterMemory,
  type SharedCounters,
  createCounterMemory,
  openCounters,
  releaseCounters,
} from '../counters/shared-memory.ts'
import { admit } from '../decide/admit.ts'
import { type Answer, commonFields, preflightAnswer, problemAnswer } from '../decide/answer.ts'
import { type App, type AppDirectory, createAppDirectory } from '../decide/app-directory.ts'
import type { AskedRequest, RequestHeaders } from '../decide/asked-request.ts'
import { identify } from '../decide/identify.ts'
import { inspect } from '../decide/inspection.ts'
import { Refusal, toRefusal } from '../decide/refusal.ts'
import { type TokenCache, createTokenCache } from '../decide/token-cache.ts'
import { type AppsOption, readApps } from './apps-option.ts'

import { type ContractOption, readContractOption } from './contract-option.ts'
import { ownFieldNames } from './own-fields.ts'

export { ContractError } from './contract-option.ts'

export interface WeirOptions {
  readonly contract: ContractOption
  readonly apps: AppsOption
  /** Memory of `createCounters`, to be shared with other threads; left out: memory of this Weir's own. */
  readonly counters?: CounterMemory
  /** Unix milliseconds; `Date.now` if left out. */
  readonly clock?: () => number
}

/** A contract, kept inside another server: it decides, and somebody else carries the traffic. */
export interface Weir {
  /** Decides about one request and counts it. Rejects only with what is a bug, never for a bad request. */
  decide(incoming: Incoming): Promise<Verdict>
  /**
   * Reads contract and apps again; counts go on. Rejects as `createWeir` does, and what held before still holds.
   */
  reload(): Promise<void>
}

/** A request as an adapter hands it over. */
export interface Incoming {
  readonly method: string
  /** Path and query, as the client sent them. */
  readonly target: string
  readonly headers: RequestHeaders
  /**
   * Is it the handshake of a WebSocket? `where-declared`: it asks to be one, and is for an endpoint that the
   * contract marks so; elsewhere it is the plain request that its server will take it for.
   */
  readonly websocket: 'yes' | 'no' | 'where-declared'
}

export type Verdict =
  | { readonly kind: 'admitted'; readonly facts: WeirFacts; readonly fields: OwnFields }
  /** Refused, a preflight, or `GET /rate_limits`: this is the whole answer. */
  | { readonly kind: 'answered'; readonly answer: Answer }

/** What was found out about an admitted request, for whoever handles it. */
export interface WeirFacts {
  readonly requestId: string
  readonly app: { readonly id: string; readonly name: string }
  /** Undefined for server tokens without one, and where no token is asked for. */
  readonly user: string | undefined
  readonly serverToken: boolean
  readonly platform: string
  readonly endpoint: string
  /** From its `?`, or empty: the query without API key and token. */
  readonly query: string
  /** Undefined if the counters were full and the contract says `open`. */
  readonly decision: Decision | undefined
}

/** Header fields for the answer to an admitted request. */
export interface OwnFields {
  /** A flat list of names and values. */
  readonly list: readonly string[]
  /** Lower-case names under which nobody else speaks: what a handler sets there is replaced. */
  readonly replaced: ReadonlySet<string>
}

/**
 * Reads contract and apps. Rejects with a ContractError that has every mistake with line and column, or with a
 * TypeError that names the option that is wrong.
 */
export async function createWeir(options: WeirOptions): Promise<Weir> {
  const clock = options.clock ?? Date.now
  const shared = options.counters
  const owner = shared && threadId + 1
  const counters = openCounters(shared ?? createCounters(), { owner, clock })
  const tokens = createTokenCache<App>(TOKEN_CACHE_CHARACTERS)
  let started = 0
  let taken = 0
  let directory = await load()

  async function load(): Promise<AppDirectory> {
    const contract = readContractOption(options.contract)
    const loaded = createAppDirectory(contract, counters)
    loaded.update({ apps: await readApps(options.apps, contract) })
    return loaded
  }

  return {
    decide: incoming => decide(newAsked(incoming, directory, clock), { directory, counters, tokens }),
    async reload() {
      const mine = ++started
      const loaded = await load()
      // A slower reload that began earlier has read older facts.
      if (mine < taken) return
      taken = mine
      directory = loaded
    },
  }
}

/** Four million characters: some 12,000 tokens of the usual size. */
const TOKEN_CACHE_CHARACTERS = 4_000_000
/** 16 MiB, of which only what was ever used takes real memory. */
const DEFAULT_SLOTS = 1_048_576

/**
 * Memory for counters: plain data that worker threads take as `workerData`. Limits are then exact over all threads
 * that have it. It holds the key of a hash, so it goes to them and to nobody else.
 */
export function createCounters(slots: number = DEFAULT_SLOTS): CounterMemory {
  const random = randomBytes(8)
  return createCounterMemory({
    slots,
    hashKey: { k0: random.readInt32LE(0), k1: random.readInt32LE(4) },
  })
}

/** To be called when a worker thread has ended that shared the counters: it may have died within a decision. */
export function workerEnded(counters: CounterMemory, workerThreadId: number): void {
  releaseCounters(counters, workerThreadId + 1)
}

interface Parts {
  readonly directory: AppDirectory
  readonly counters: SharedCounters
  readonly tokens: TokenCache<App>
}

async function decide(asked: AskedRequest, { directory, counters, tokens }: Parts): Promise<Verdict> {
  try {
    const preflight = preflightAnswer(asked)
    if (preflight) return { kind: 'answered', answer: preflight }
    await identify(asked, directory, tokens)
    admit(asked, counters)
    if (asked.endpoint === RATE_LIMITS_ENDPOINT) return { kind: 'answered', answer: inspect(asked, counters) }
    const replaced = ownFieldNames(asked.inForce.contract)
    return { kind: 'admitted', facts: factsOf(asked), fields: { list: commonFields(asked), replaced } }
  } catch (thrown) {
    // Anything else is a bug, and whoever runs the server hears of bugs in its own way.
    if (!(thrown instanceof Refusal || thrown instanceof ProblemError)) throw thrown
    return { kind: 'answered', answer: problemAnswer(asked, toRefusal(thrown)) }
  }
}

function newAsked(incoming: Incoming, { inForce }: AppDirectory, clock: () => number): AskedRequest {
  const { method, target, headers, websocket } = incoming
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  return {
    requestId: newRequestId(),
    arrivedMs: clock(),
    inForce,
    method,
    path,
    headers,
    websocket:
      websocket === 'yes' ||
      (websocket === 'where-declared' && inForce.router.match(method, path, true).kind === 'endpoint'),
    query: mark < 0 ? '' : target.slice(mark),
    app: undefined,
    endpoint: undefined,
    platform: undefined,
    user: undefined,
    serverToken: false,
    scope: undefined,
    decision: undefined,
  }
}

function factsOf(asked: AskedRequest): WeirFacts {
  const { requestId, user, serverToken, query, decision } = asked
  const { id, name } = asked.app!
  const { platform, endpoint } = asked.scope!
  return { requestId, app: { id, name }, user, serverToken, platform, endpoint, query, decision }
}
