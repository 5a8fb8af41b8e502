import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

/** True if a body follows the request's head. */
export function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length']
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

/**
 * The request's body as a stream of its own, with backpressure. The HTTP client destroys a body it stops
 * sending, and destroying the request itself would cut the client off before it reads the answer: this
 * one lets the rest run into the void instead.
 */
export function requestBody(request: IncomingMessage): Readable {
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
    if (!body.push(chunk)) request.pause()
  }
  function end(): void {
    whole = true
    body.push(null)
  }
  // What had arrived but was not read yet is gone too, so the request's own `complete` says nothing here.
  function cut(): void {
    if (!whole) body.destroy(new ClientLeftError())
  }
  request.on('data', push).on('end', end).on('close', cut).pause()
  // The client may have left while its token was being checked: then 'close' has come and gone.
  if (request.destroyed) cut()
  return body
}

/** True while the rest of a body is the client's to send: the upstream has taken all that came. */
export function waitsForClient(request: IncomingMessage): boolean {
  return hasBody(request) && !request.complete && !request.isPaused()
}

/** The client went away before its own request was whole, so the upstream can no longer answer it. */
export class ClientLeftError extends Error {
  constructor() {
    super('the client left before its request was whole')
    this.name = 'ClientLeftError'
  }
}
