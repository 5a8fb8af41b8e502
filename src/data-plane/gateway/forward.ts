import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import { type Exchange, answerProblem, commonFields } from './exchange.ts'
import { fieldsFromUpstream } from './message-headers.ts'
import { ClientLeftError, hasBody, requestBody } from './request-body.ts'
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
  /** Called exactly once for every request given to `forward`, when what the upstream did is known. */
  readonly settle: (exchange: Exchange, outcome: Outcome) => void
  /** A WebSocket is open from here on, until the returned function is called. */
  readonly opened: (exchange: Exchange, relay: Relay) => () => void
  /** Why an upstream failed, for the log. */
  readonly failed: (exchange: Exchange, error: Error, upstream: Upstream) => void
}

/** Carries an admitted request or WebSocket handshake to the upstream and the answer back, streaming both ways. */
export function forward(exchange: Exchange, options: ForwardOptions, tried: readonly Upstream[] = []): void {
  const upstream = options.upstreams.next(tried)!
  const { request } = exchange
  const target = upstream.prefix + exchange.path + exchange.query
  const handler = new ForwardHandler(exchange, options, upstream, tried)
  upstream.pool.dispatch(
    {
      method: request.method as Dispatcher.HttpMethod,
      path: target,
      headers: fieldsForUpstream(exchange, target, options.upstreamKey),
      body: exchange.upgrade === undefined && hasBody(request) ? requestBody(request) : null,
      ...(exchange.upgrade && { upgrade: 'websocket' }),
    },
    handler,
  )
}

/** One try at one upstream, as the HTTP client's handler. */
class ForwardHandler implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange
  readonly #options: ForwardOptions
  readonly #upstream: Upstream
  readonly #tried: readonly Upstream[]
  readonly #timer: NodeJS.Timeout
  #controller: Dispatcher.DispatchController | undefined
  #timeout: Error | undefined
  #outcome: Outcome = 'served'

  constructor(exchange: Exchange, options: ForwardOptions, upstream: Upstream, tried: readonly Upstream[]) {
    this.#exchange = exchange
    this.#options = options
    this.#upstream = upstream
    this.#tried = tried
    this.#timer = setTimeout(() => this.#timedOut(), options.timeoutMs)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#timeout) controller.abort(this.#timeout)
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
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
    const fields = fieldsFromUpstream(controller.rawHeaders as Buffer[], inForce.contract.cors !== undefined)
    fields.push(...commonFields(this.#exchange))
    response.writeHead(status, reason ?? '', fields)
    response.once('close', () => {
      if (response.writableFinished) return
      this.#settle(this.#outcome === 'failed' ? 'failed' : 'aborted')
      controller.abort(new ClientLeftError())
    })
  }

  onRequestUpgrade(
    controller: Dispatcher.DispatchController,
    _status: number,
    _headers: unknown,
    upstreamSocket: Duplex,
  ): void {
    clearTimeout(this.#timer)
    if (this.#exchange.upgrade!.socket.destroyed) {
      this.#settle('served')
      upstreamSocket.destroy()
      return
    }
    let closed: (() => void) | undefined = undefined
    const relay = joinWebSocket(this.#exchange, controller.rawHeaders as Buffer[], upstreamSocket, () =>
      closed?.(),
    )
    this.#options.upstreams.report(this.#upstream, 'answered')
    closed = this.#options.opened(this.#exchange, relay)
    this.#settle('served')
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { response } = this.#exchange
    if (response.write(chunk)) return
    controller.pause()
    response.once('drain', () => controller.resume())
  }

  onResponseEnd(): void {
    this.#settle(this.#outcome)
    this.#exchange.response.end()
  }

  onResponseError(_controller: unknown, error: Error): void {
    clearTimeout(this.#timer)
    if (this.#exchange.outcome !== undefined) return
    if (error instanceof ClientLeftError) {
      this.#settle('aborted')
      return
    }
    const failure = classifyFailure(error)
    this.#options.upstreams.report(
      this.#upstream,
      failure === 'upstream-unreachable' ? 'unreachable' : 'broke',
    )
    this.#options.failed(this.#exchange, error, this.#upstream)
    if (failure === 'upstream-unreachable' && this.#canTryAnother()) {
      forward(this.#exchange, this.#options, [...this.#tried, this.#upstream])
      return
    }
    this.#settle('failed')
    // Cutting the connection is the only way left to say that a body is not whole.
    if (this.#exchange.response.headersSent) this.#exchange.response.destroy()
    else answerProblem(this.#exchange, failureProblem(failure))
  }

  /** Nothing was sent to an address that could not be reached, unless a body had begun to flow. */
  #canTryAnother(): boolean {
    return this.#tried.length + 1 < this.#options.upstreams.count && !hasBody(this.#exchange.request)
  }

  #timedOut(): void {
    this.#timeout = new UpstreamTimeoutError(this.#options.timeoutMs)
    if (this.#controller) this.#controller.abort(this.#timeout)
    else this.onResponseError(undefined, this.#timeout)
  }

  #settle(outcome: Outcome): void {
    if (this.#exchange.outcome === undefined) this.#options.settle(this.#exchange, outcome)
  }
}
