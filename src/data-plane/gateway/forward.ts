import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex, Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { ProblemError } from '../../http/problem.ts'
import { commonFields } from '../decide/answer.ts'
import { type Exchange, answerProblem } from './exchange.ts'
import type { Way } from './forwarded-fields.ts'
import { type AnsweredFields, fieldsFromUpstream } from './message-headers.ts'
import { hangUpAfter } from './hang-up.ts'
import { type BodyLimits, ClientLeftError, hasBody, requestBody, waitsForClient } from './request-body.ts'
import { UpstreamTimeoutError, classifyFailure, failureProblem } from './upstream-failure.ts'
import { fieldsForUpstream } from './upstream-fields.ts'
import { joinWebSocket } from './upgrade.ts'
import type { Upstream, Upstreams } from './upstreams.ts'
import type { Relay } from './websocket-relay.ts'
import type { Outcome } from '../../store/recording.ts'

export interface ForwardOptions {
  readonly upstreams: Upstreams
  readonly timeoutMs: number
  readonly upstreamKey: string | undefined
  readonly way: Way
  readonly bodyLimits: BodyLimits
  /** True once no connection may be kept for a next request. */
  readonly draining: boolean
  /** What the response's headers say; its body may still be cut. */
  readonly headed: (exchange: Exchange, outcome: Outcome) => void
  /** Called exactly once for every request given to `forward`, when what the upstream did is known. */
  readonly settle: (exchange: Exchange, outcome: Outcome) => void
  /** A WebSocket is open from here on, until the returned function is called. */
  readonly opened: (exchange: Exchange, relay: Relay) => () => void
  /** An upstream's side of a WebSocket: it may stand still as little as the client's. */
  readonly watchStall: (socket: Socket) => void
  /** Why an upstream failed, for the log. */
  readonly failed: (exchange: Exchange, error: Error, upstream: Upstream) => void
}

/**
 * A body that comes whole with its head, and is no longer than this, leaves with it as one text: a write of one piece
 * costs half of one that gathers two. A longer one is not worth the copy.
 */
const ONE_WRITE_BYTES = 8192

/** Carries an admitted request or WebSocket handshake to the upstream and the answer back, streaming both ways. */
export function forward(exchange: Exchange, options: ForwardOptions): void {
  const body = hasBody(exchange.request) ? requestBody(exchange.request, options.bodyLimits) : null
  tryNext({ exchange, options, body, tried: [] })
}

/** One request with the upstreams that could not be reached for it. */
interface Attempt {
  readonly exchange: Exchange
  readonly options: ForwardOptions
  readonly body: Readable | null
  readonly tried: readonly Upstream[]
}

function tryNext(attempt: Attempt): void {
  const { exchange, options, body, tried } = attempt
  const upstream = options.upstreams.next(tried)!
  const target = upstream.prefix + exchange.path + exchange.query
  upstream.pool.dispatch(
    {
      method: exchange.request.method as Dispatcher.HttpMethod,
      path: target,
      headers: fieldsForUpstream(exchange, target, options),
      body,
      ...(exchange.upgrade && { upgrade: 'websocket' }),
    },
    new ForwardHandler(attempt, upstream),
  )
}

/** One try at one upstream, as the HTTP client's handler. */
class ForwardHandler implements Dispatcher.DispatchHandler {
  readonly #attempt: Attempt
  readonly #exchange: Exchange
  readonly #options: ForwardOptions
  readonly #upstream: Upstream
  readonly #timer: NodeJS.Timeout
  #controller: Dispatcher.DispatchController | undefined
  #timeout: Error | undefined
  #outcome: Outcome = 'served'
  /** True from the answer's head to the end of its tick: what comes meanwhile leaves with it. */
  #together = false
  /** The body's first bytes of that tick, until it is known whether they are all of it. */
  #first: Buffer | undefined

  constructor(attempt: Attempt, upstream: Upstream) {
    this.#attempt = attempt
    this.#exchange = attempt.exchange
    this.#options = attempt.options
    this.#upstream = upstream
    this.#timer = setTimeout(() => this.#timedOut(), attempt.options.timeoutMs)
    // The upstream's time runs from when it has what the client sent: a slow upload is not its failure.
    if (attempt.body) attempt.exchange.request.on('data', () => this.#timer.refresh())
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#timeout) controller.abort(this.#timeout)
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    byName: AnsweredFields['byName'],
    reason?: string,
  ): void {
    if (status < 200) return
    clearTimeout(this.#timer)
    this.#options.upstreams.report(this.#upstream, 'answered')
    this.#outcome = status >= 500 ? 'failed' : status >= 400 ? 'client-error' : 'served'
    const { response, inForce } = this.#exchange
    if (response.destroyed) {
      // A client that left hides nothing: what the upstream did is known now, its body is of no use.
      this.#settle(this.#outcome)
      controller.abort(new ClientLeftError())
      return
    }
    this.#options.headed(this.#exchange, this.#outcome)
    const answered = { raw: controller.rawHeaders as Buffer[], byName }
    const fields = fieldsFromUpstream(answered, inForce.contract.cors !== undefined)
    fields.push(...commonFields(this.#exchange))
    if (this.#options.draining) response.shouldKeepAlive = false
    response.writeHead(status, sameBytes(status, reason), fields)
    response.on('close', () => {
      if (response.writableFinished) return
      this.#settle(this.#outcome === 'failed' ? 'failed' : 'aborted')
      controller.abort(new ClientLeftError())
    })
    this.#together = true
    process.nextTick(() => this.#part())
  }

  /** No more is waited for: an event stream begins with its head alone. */
  #part(): void {
    if (!this.#together) return
    this.#together = false
    if (this.#first) this.#write(this.#first)
    else this.#exchange.response.flushHeaders()
    this.#first = undefined
  }

  onRequestUpgrade(
    controller: Dispatcher.DispatchController,
    _status: number,
    byName: AnsweredFields['byName'],
    upstreamSocket: Duplex,
  ): void {
    clearTimeout(this.#timer)
    if (this.#exchange.upgrade!.socket.destroyed) {
      this.#settle('served')
      upstreamSocket.destroy()
      return
    }
    let closed: (() => void) | undefined = undefined
    const answered = { raw: controller.rawHeaders as Buffer[], byName }
    const relay = joinWebSocket(this.#exchange, answered, upstreamSocket, () => closed?.())
    this.#options.upstreams.report(this.#upstream, 'answered')
    this.#options.watchStall(upstreamSocket as Socket)
    closed = this.#options.opened(this.#exchange, relay)
    this.#settle('served')
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#together && this.#first === undefined && chunk.length <= ONE_WRITE_BYTES) {
      this.#first = chunk
      return
    }
    if (this.#first) this.#part()
    this.#together = false
    this.#write(chunk)
  }

  #write(chunk: Buffer): void {
    const { response } = this.#exchange
    const controller = this.#controller!
    if (response.write(chunk)) return
    controller.pause()
    response.once('drain', () => controller.resume())
  }

  onResponseEnd(): void {
    this.#settle(this.#outcome)
    this.#together = false
    const { response } = this.#exchange
    if (this.#first) response.end(this.#first.toString('latin1'), 'latin1')
    else response.end()
  }

  onResponseError(_controller: unknown, error: Error): void {
    clearTimeout(this.#timer)
    if (this.#exchange.outcome !== undefined) return
    if (error instanceof ClientLeftError) {
      this.#settle('aborted')
      return
    }
    if (error instanceof ProblemError) {
      this.#refuse(error)
      return
    }
    const failure = classifyFailure(error)
    this.#options.upstreams.report(
      this.#upstream,
      failure === 'upstream-unreachable' ? 'unreachable' : 'broke',
    )
    this.#options.failed(this.#exchange, error, this.#upstream)
    if (failure === 'upstream-unreachable' && this.#canTryAnother()) {
      tryNext({ ...this.#attempt, tried: [...this.#attempt.tried, this.#upstream] })
      return
    }
    this.#settle('failed')
    // Nobody sends it any more: if its client leaves now, nobody would hear it fail.
    this.#attempt.body?.destroy()
    // Cutting the connection is the only way left to say that a body is not whole.
    if (this.#exchange.response.headersSent) this.#exchange.response.destroy()
    else answerProblem(this.#exchange, failureProblem(failure))
  }

  /** The client's own body went beyond a limit: the upstream has failed nobody. */
  #refuse(problem: ProblemError): void {
    const { request, response } = this.#exchange
    this.#settle('refused')
    if (response.headersSent) {
      response.destroy()
      return
    }
    hangUpAfter(request, response)
    answerProblem(this.#exchange, problem)
  }

  /** Nothing was sent to an address that could not be reached, so a body is still whole. */
  #canTryAnother(): boolean {
    const { body, tried } = this.#attempt
    return tried.length + 1 < this.#options.upstreams.count && body?.readableDidRead !== true
  }

  #timedOut(): void {
    if (waitsForClient(this.#exchange.request)) {
      this.#timer.refresh()
      return
    }
    this.#timeout = new UpstreamTimeoutError(this.#options.timeoutMs)
    if (this.#controller) this.#controller.abort(this.#timeout)
    else this.onResponseError(undefined, this.#timeout)
  }

  #settle(outcome: Outcome): void {
    if (this.#exchange.outcome === undefined) this.#options.settle(this.#exchange, outcome)
  }
}

/** A reason phrase in the bytes it came in: the HTTP client reads it as UTF-8, the server writes Latin-1. */
function sameBytes(status: number, reason = ''): string {
  if (reason === STATUS_CODES[status]) return reason
  return Buffer.from(reason)
    .toString('latin1')
    .replaceAll(/[^ -~\x80-\xff]/g, '')
}
