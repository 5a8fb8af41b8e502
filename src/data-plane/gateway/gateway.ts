import type { Server } from 'node:http'
import { RATE_LIMITS_ENDPOINT } from '../../core/contract/contract.ts'
import { ProblemError } from '../../http/problem.ts'
import type { Outcome } from '../../store/recording.ts'
import type { SharedCounters } from '../counters/shared-memory.ts'
import type { PlanGate, Reservation } from '../plans/plan-gate.ts'
import { becameActive, isCounted, planQuestion } from './plan-question.ts'
import type { Recorder } from '../recording/recorder.ts'
import { admit } from '../decide/admit.ts'
import { preflightAnswer } from '../decide/answer.ts'
import type { App, AppDirectory } from '../decide/app-directory.ts'
import { type Exchange, answer, answerProblem, newExchange } from './exchange.ts'
import type { Certificate } from './certificate.ts'
import type { ClientLimits } from './client-limits.ts'
import type { ClientRequest, ClientResponse } from './client-message.ts'
import { type ForwardOptions, forward } from './forward.ts'
import { hangUpAfter } from './hang-up.ts'
import { type HttpHandlers, createHttpServer } from './http-server.ts'
import { identify } from '../decide/identify.ts'
import { inspect } from '../decide/inspection.ts'
import { Refusal, toRefusal } from '../decide/refusal.ts'
import { handshakeFlaw, messageFlaw } from './message-flaw.ts'
import { type OpenSockets, createOpenSockets } from './open-sockets.ts'
import type { PeerCounts } from './peer-counts.ts'
import { discardBody, lengthFlaw } from './request-body.ts'
import { createStallWatch } from './stall-watch.ts'
import { createTokenCache } from '../decide/token-cache.ts'
import { createTrustedProxies } from './trusted-proxies.ts'
import type { Upstreams } from './upstreams.ts'

export interface GatewayOptions {
  readonly directory: AppDirectory
  readonly counters: SharedCounters
  readonly recorder: Recorder
  /** Asked for on every request: a new contract may name others. */
  readonly upstreams: () => Upstreams
  readonly plans: PlanGate
  /** This thread's number among those of the process. */
  readonly thread: number
  readonly clock: () => number
  readonly log: GatewayLog
  readonly logRequests: boolean
  /** Signs what reaches the upstream; undefined: unsigned. */
  readonly upstreamKey: string | undefined
  readonly pingIntervalMs: number
  readonly clientLimits: ClientLimits
  readonly peers: PeerCounts
  /** Networks of proxies whose word about a client holds. */
  readonly trustProxy: readonly string[]
  /** With one the port speaks TLS alone. */
  readonly certificate: Certificate | undefined
}

export interface GatewayLog {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

export interface Gateway {
  readonly server: Server
  readonly sockets: OpenSockets
  /** New connections get this certificate; those that stand go on. */
  useCertificate(certificate: Certificate): void
  /** Stops accepting, lets running requests end, closes WebSockets with 1001. Resolves when all have ended. */
  drain(deadlineMs: number): Promise<void>
}

/** Sixteen million characters of tokens a thread: some 50,000 of the usual size. */
const TOKEN_CACHE_CHARACTERS = 16_000_000

/** One thread's way of a request: identify, admit, forward, record. */
export function createGateway(options: GatewayOptions): Gateway {
  const { directory, counters, recorder, clock, log, clientLimits, peers } = options
  const stalls = createStallWatch(clientLimits.stallMs, () => recorder.stalled())
  // An app’s keys, secret and contract are those of its App: when one of them changes, there is another App.
  const tokens = createTokenCache<App>(TOKEN_CACHE_CHARACTERS)
  const proxies = createTrustedProxies(options.trustProxy)
  const way = { scheme: options.certificate ? 'https' : 'http', proxies } as const
  const sockets = createOpenSockets({ recorder, clock, pingIntervalMs: options.pingIntervalMs })
  let draining = false

  const forwardOptions: ForwardOptions = {
    get upstreams() {
      return options.upstreams()
    },
    get timeoutMs() {
      return directory.inForce.contract.upstream.timeoutMs
    },
    upstreamKey: options.upstreamKey,
    way,
    bodyLimits: clientLimits,
    watchStall: socket => stalls.watch(socket),
    get draining() {
      return draining
    },
    headed,
    settle,
    opened(exchange, relay) {
      exchange.opened = true
      const closed = sockets.opened(exchange, relay)
      const counted = isCounted(exchange) && {
        organizationId: exchange.app!.organizationId,
        thread: options.thread,
      }
      if (counted && !exchange.reservation) options.plans.opened(counted)
      // What has ended while the upstream took its time with the handshake has ended for this one too.
      if (draining) relay.close(1001)
      else if (directory.byId(exchange.app!.id)?.suspended) relay.close(1008)
      return () => {
        closed()
        if (counted) options.plans.closed(counted)
      }
    },
    failed: (exchange, error, upstream) =>
      log.warn(
        {
          requestId: exchange.requestId,
          endpoint: exchange.endpoint,
          upstream: upstream.url,
          error: error.message,
        },
        'the upstream failed',
      ),
  }

  function handle(request: ClientRequest, response: ClientResponse, upgrade?: Exchange['upgrade']): void {
    const exchange = newExchange({
      request,
      response,
      upgrade,
      inForce: directory.inForce,
      arrivedMs: clock(),
    })
    if (draining) response.shouldKeepAlive = false
    try {
      refuseFlawed(exchange)
      const preflight = preflightAnswer(exchange)
      if (preflight) {
        answer(exchange, preflight)
        discardBody(request, clientLimits)
        return
      }
      const pending = identify(exchange, directory, tokens)
      if (!pending) reserve(exchange)
      else pending.then(() => reserve(exchange)).catch((thrown: unknown) => refuse(exchange, thrown))
    } catch (thrown) {
      refuse(exchange, thrown)
    }
  }

  /** What cannot be trusted to end where it seems to ends its connection, and so does what will not be read. */
  function refuseFlawed({ request, response, upgrade }: Exchange): void {
    const flaw = messageFlaw(request, clientLimits) ?? lengthFlaw(request, clientLimits)
    if (flaw) hangUpAfter(request, response)
    const problem = flaw ?? (upgrade && handshakeFlaw(request))
    if (problem?.code === 'upgrade-required')
      throw new Refusal('refused', problem, ['Sec-WebSocket-Version', '13'])
    if (problem) throw problem
  }

  /** Plan numbers come before limits. Almost nothing has to be asked for; then it goes on at once. */
  function reserve(exchange: Exchange): void {
    const question = planQuestion(exchange, options.thread)
    const reserving = question && options.plans.reserve(question)
    if (!reserving) {
      carry(exchange)
      return
    }
    const goOn = (reservation: Reservation): void => {
      exchange.reservation = reservation
      carry(exchange)
    }
    reserving.then(goOn).catch((thrown: unknown) => refuse(exchange, thrown))
  }

  function carry(exchange: Exchange): void {
    admit(exchange, counters)
    if (exchange.endpoint === RATE_LIMITS_ENDPOINT) {
      answer(exchange, inspect(exchange, counters))
      settle(exchange, 'served')
      discardBody(exchange.request, clientLimits)
      return
    }
    if (exchange.request.headers.expect !== undefined) exchange.response.writeContinue()
    forward(exchange, forwardOptions)
  }

  function refuse(exchange: Exchange, thrown: unknown): void {
    const { outcome, problem, fields } = toRefusal(thrown)
    if (problem.code === 'counters-unreachable') recorder.countersFull()
    if (!(thrown instanceof ProblemError || thrown instanceof Refusal)) {
      log.error({ requestId: exchange.requestId, err: thrown }, 'a request failed inside Weir')
    }
    settle(exchange, outcome)
    // Told before its body that it is not wanted, a client may leave it out: then the next request is no body.
    if (exchange.request.headers.expect !== undefined) hangUpAfter(exchange.request, exchange.response)
    answerProblem(exchange, problem, fields)
    discardBody(exchange.request, clientLimits)
  }

  /** A slice does not wait for a body: it is corrected if the body changes what the headers said. */
  function headed(
    exchange: Exchange,
    outcome: Outcome,
    durationMs = performance.now() - exchange.startedAt,
  ): void {
    // The usual case: the body changed nothing, and the slice has it already.
    if (exchange.headOutcome === outcome) return
    const { app, endpoint, arrivedMs, inForce } = exchange
    const { sliceSeconds } = inForce.contract.availability
    const facts = { appId: app?.id, endpoint, arrivedMs, durationMs, sliceSeconds }
    recorder.slice(facts, exchange.headOutcome, outcome)
    exchange.headOutcome = outcome
  }

  function settle(exchange: Exchange, outcome: Outcome): void {
    const durationMs = performance.now() - exchange.startedAt
    headed(exchange, outcome, durationMs)
    exchange.outcome = outcome
    const { app, endpoint, platform, arrivedMs } = exchange
    recorder.request({ appId: app?.id, endpoint, platform, outcome, arrivedMs, durationMs })
    const active = becameActive(exchange)
    if (active && !exchange.opened) recorder.user(app!.id, exchange.user!, arrivedMs)
    exchange.reservation?.settle({ active, opened: exchange.opened })
    if (options.logRequests) {
      const { requestId, request, path } = exchange
      const facts = { requestId, app: app?.id, method: request.method, path, endpoint, platform, outcome }
      log.info({ ...facts, durationMs: Math.round(durationMs * 100) / 100 }, 'request')
    }
  }

  const handlers: HttpHandlers = {
    request: handle,
    unmetExpectation(request, response) {
      const detail = `"${request.headers.expect}" is not something Weir can promise.`
      const exchange = newExchange({
        request,
        response,
        upgrade: undefined,
        inForce: directory.inForce,
        arrivedMs: clock(),
      })
      refuse(exchange, new ProblemError('expectation-failed', detail))
    },
    unparsable() {
      const nobody = { appId: undefined, endpoint: undefined, platform: undefined }
      recorder.request({ ...nobody, outcome: 'refused', arrivedMs: clock(), durationMs: 0 })
    },
    connection(socket) {
      const address = socket.remoteAddress
      // Reset before anybody looked: what it still said is read, and its end is already on the way.
      if (address === undefined) return true
      // A proxy's connections are those of many clients.
      const peer = proxies?.trusts(address) ? undefined : address
      const entered = peers.enter(peer)
      if (entered !== 'entered') {
        recorder.connectionRefused(entered)
        return false
      }
      socket.once('close', () => peers.leave(peer))
      return true
    },
    watchStall: side => stalls.watch(side),
  }
  const http = createHttpServer(handlers, clientLimits, options.certificate)

  const closeSockets = () => sockets.closeAll(1001)

  return {
    server: http.server,
    sockets,
    useCertificate: certificate => http.useCertificate(certificate),
    async drain(deadlineMs) {
      draining = true
      await Promise.all([http.close(deadlineMs), closeSockets()])
      // A handshake that was under way may have opened one more.
      await closeSockets()
      stalls.stop()
    },
  }
}
