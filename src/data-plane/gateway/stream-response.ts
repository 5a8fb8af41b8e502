import type { ServerHttp2Stream } from 'node:http2'
import { constants } from 'node:http2'
import type { ClientRequest, ClientResponse } from './client-message.ts'
import type { Side } from './stall-watch.ts'

/** The answer on a stream of HTTP/2. */
export class StreamResponse implements ClientResponse, Side {
  shouldKeepAlive = true
  readonly #stream: ServerHttp2Stream
  readonly #request: ClientRequest
  #ended = false
  #bodiless = false
  #bytes = 0

  constructor(stream: ServerHttp2Stream, request: ClientRequest) {
    this.#stream = stream
    this.#request = request
  }

  get headersSent(): boolean {
    return this.#stream.headersSent
  }
  get destroyed(): boolean {
    return this.#stream.destroyed || this.#stream.closed
  }
  get writableEnded(): boolean {
    return this.#ended
  }
  /** A stream that its client resets is ended on both sides too: only one that Weir had ended was whole. */
  get writableFinished(): boolean {
    return this.#ended && this.#stream.writableFinished && !this.#stream.aborted
  }

  writeHead(status: number, reasonOrFields: string | string[], maybeFields?: string[]): void {
    const fields = typeof reasonOrFields === 'string' ? maybeFields! : reasonOrFields
    this.#bodiless = this.#request.method === 'HEAD' || status === 204 || status === 205 || status === 304
    this.#stream.respond([':status', String(status), ...fieldsOfStream(fields)])
  }
  /** A head leaves with the turn of the event loop, with the body that was written in it. */
  flushHeaders(): void {}
  writeContinue(): void {
    if (!this.destroyed) this.#stream.additionalHeaders({ ':status': 100 })
  }
  write(chunk: Buffer): boolean {
    if (this.#bodiless) return true
    this.#bytes += chunk.length
    return this.#stream.write(chunk)
  }
  end(body = '', encoding: 'utf8' | 'latin1' = 'utf8'): void {
    if (this.#ended) return
    this.#ended = true
    if (this.#bodiless) return
    const last = Buffer.from(body, encoding)
    this.#bytes += last.length + END_FRAME
    this.#stream.end(last)
    if (!this.shouldKeepAlive && !this.#request.complete) this.#stream.close(constants.NGHTTP2_NO_ERROR)
  }
  /** Cuts the answer, so that nobody takes the part for the whole; other streams go on. */
  destroy(): void {
    // Closing it would end it first, cleanly, and the reset would come behind a whole answer.
    this.#stream.destroy(new Error('the answer is cut'))
  }
  on(event: 'close', listener: () => void): void {
    this.#stream.on(event, listener)
  }
  once(event: 'close' | 'drain', listener: () => void): void {
    this.#stream.once(event, listener)
  }

  get bytesWritten(): number {
    return this.#bytes
  }
  /** The frame that ends the stream waits for its client like any byte. */
  get writableLength(): number {
    const ending = this.#ended && !this.#stream.writableFinished
    return this.#stream.writableLength + (ending ? END_FRAME : 0)
  }
}

const END_FRAME = 1

/** Fields of one connection have no place in HTTP/2 (RFC 9113, 8.2.2), and names are in lower case. */
const ofConnection = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'])

function fieldsOfStream(fields: readonly string[]): string[] {
  const kept: string[] = []
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!.toLowerCase()
    if (!ofConnection.has(name)) kept.push(name, fields[i + 1]!)
  }
  return kept
}
