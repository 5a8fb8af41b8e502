import { Readable } from 'node:stream'
import { ProblemError } from '../../http/problem.ts'
import type { ClientLimits } from './client-limits.ts'
import type { ClientRequest } from './client-message.ts'

export type BodyLimits = Pick<ClientLimits, 'maxBodyBytes' | 'bodyIdleMs' | 'uploadMs'>

/** True if a body follows the request's head. */
export function hasBody(request: ClientRequest): boolean {
  const length = request.headers['content-length']
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

/** Why a body that says how long it is will not be read at all. */
export function lengthFlaw(request: ClientRequest, limits: BodyLimits): ProblemError | undefined {
  return Number(request.headers['content-length'] ?? 0) > limits.maxBodyBytes ? tooLarge(limits) : undefined
}

/**
 * The request's body as a stream of its own, with backpressure. The HTTP client destroys a body it stops
 * sending, and destroying the request itself would cut the client off before it reads the answer: this
 * one lets the rest run into the void instead, within the limits. A body beyond them ends with the
 * ProblemError that says so; once nobody waits for it any more, the connection is cut.
 */
export function requestBody(request: ClientRequest, limits: BodyLimits): Readable {
  let whole = false
  const body = new Readable({
    read() {
      request.resume()
    },
    destroy(error, done) {
      request.off('data', push).off('end', end).off('close', cut)
      request.resume()
      done(error)
    },
  })
  function push(chunk: Buffer): void {
    if (!body.destroyed && !body.push(chunk)) request.pause()
  }
  function end(): void {
    whole = true
    body.push(null)
  }
  // What had arrived but was not read yet is gone too, so the request's own `complete` says nothing here.
  function cut(): void {
    if (!whole) body.destroy(new ClientLeftError())
  }
  watchArrival(request, limits, problem => {
    if (body.destroyed) request.destroy()
    else body.destroy(problem)
  })
  request.on('data', push).on('end', end).on('close', cut).pause()
  // The client may have left while its token was being checked: then 'close' has come and gone.
  if (request.destroyed) cut()
  return body
}

/** Reads a body that nobody wants, so that its connection can serve a next request; beyond the limits it is cut. */
export function discardBody(request: ClientRequest, limits: BodyLimits): void {
  if (!hasBody(request) || request.complete) return
  watchArrival(request, limits, () => request.destroy())
  request.resume()
}

/** Calls `refuse` once, if the body grows too large, stands still, or takes too long altogether. */
function watchArrival(
  request: ClientRequest,
  limits: BodyLimits,
  refuse: (problem: ProblemError) => void,
): void {
  // The client has gone already: no 'close' will come any more to end the watch.
  if (request.destroyed || request.socket.destroyed) return
  const latestMs = performance.now() + limits.uploadMs
  const { socket } = request
  let bytes = 0
  const timer = setTimeout(stoodStill, limits.bodyIdleMs)

  function count(chunk: Buffer): void {
    bytes += chunk.length
    timer.refresh()
    if (bytes > limits.maxBodyBytes) end(tooLarge(limits))
    else if (performance.now() > latestMs) end(tooSlow(`within ${limits.uploadMs / 1000} seconds`))
  }
  function stoodStill(): void {
    // While Weir takes no more, because the upstream does not, the client cannot move.
    if (request.isPaused()) timer.refresh()
    else end(tooSlow(`without standing still for ${limits.bodyIdleMs / 1000} seconds`))
  }
  function end(problem?: ProblemError): void {
    clearTimeout(timer)
    request.off('data', count).off('end', end)
    socket.off('close', end)
    if (problem instanceof ProblemError) refuse(problem)
  }
  request.on('data', count).once('end', end)
  // The request's own 'close' does not come any more once it has been answered.
  socket.once('close', end)
}

function tooLarge({ maxBodyBytes }: BodyLimits): ProblemError {
  return new ProblemError('payload-too-large', `A request’s body may have ${maxBodyBytes / 1024 ** 2} MiB.`)
}

function tooSlow(how: string): ProblemError {
  return new ProblemError('request-timeout', `The body must arrive ${how}.`)
}

/** True while the rest of a body is the client's to send: the upstream has taken all that came. */
export function waitsForClient(request: ClientRequest): boolean {
  return hasBody(request) && !request.complete && !request.isPaused()
}

/** The client went away before its own request was whole, so the upstream can no longer answer it. */
export class ClientLeftError extends Error {
  constructor() {
    super('the client left before its request was whole')
    this.name = 'ClientLeftError'
  }
}
