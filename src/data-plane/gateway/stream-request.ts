import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { constants } from 'node:http2'
import type { ClientConnection, ClientRequest } from './client-message.ts'

/**
 * A request that came on a stream of HTTP/2, in the words of HTTP/1.1, which the upstream is spoken to in: `Host` for
 * `:authority`, one `Cookie`, and a `Transfer-Encoding` where a body has no length (RFC 9113, 8.2.3 and 8.3.1).
 */
export class StreamRequest implements ClientRequest {
  readonly httpVersion = '2'
  readonly method: string | undefined
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly socket: ClientConnection
  readonly #stream: ServerHttp2Stream
  readonly #endListeners = new Map<unknown, () => void>()

  /** `raw` alternates names and values, as they came. */
  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    raw: readonly string[],
    remoteAddress: string | undefined,
  ) {
    this.#stream = stream
    this.method = headers[':method']
    this.url = headers[':path'] ?? ''
    this.rawHeaders = plainFields(raw, headers[':authority'])
    this.headers = { ...headers, host: headers[':authority'] ?? headers.host }
    if (!stream.endAfterHeaders && headers['content-length'] === undefined) {
      this.headers['transfer-encoding'] = 'chunked'
    }
    this.socket = new StreamConnection(stream, remoteAddress)
  }

  get complete(): boolean {
    return this.#stream.endAfterHeaders || (this.#stream.readableEnded && !this.#stream.aborted)
  }
  get destroyed(): boolean {
    return this.#stream.destroyed
  }
  isPaused(): boolean {
    return this.#stream.isPaused()
  }
  pause(): void {
    this.#stream.pause()
  }
  resume(): void {
    this.#stream.resume()
  }
  /** Ends the stream alone. Behind a whole answer that is no error (RFC 9113, 8.1). */
  destroy(): void {
    const { NGHTTP2_NO_ERROR, NGHTTP2_CANCEL } = constants
    this.#stream.close(this.#stream.writableFinished ? NGHTTP2_NO_ERROR : NGHTTP2_CANCEL)
  }
  on(event: 'data' | 'end' | 'close', listener: (chunk: Buffer) => void): this {
    this.#stream.on(event, event === 'end' ? this.#ifWhole(listener) : listener)
    return this
  }
  once(event: 'end' | 'close', listener: () => void): this {
    this.#stream.once(event, event === 'end' ? this.#ifWhole(listener) : listener)
    return this
  }
  off(event: 'data' | 'end' | 'close', listener: (chunk: Buffer) => void): this {
    this.#stream.off(event, event === 'end' ? this.#ifWhole(listener) : listener)
    return this
  }

  /** A stream that its client resets ends like one that is whole: 'close' alone tells then. */
  #ifWhole(listener: (...none: never[]) => void): () => void {
    let heard = this.#endListeners.get(listener)
    if (!heard) {
      heard = () => {
        if (!this.#stream.aborted && this.#stream.rstCode === constants.NGHTTP2_NO_ERROR) listener()
      }
      this.#endListeners.set(listener, heard)
    }
    return heard
  }
}

/** The stream, as what carries this one request. */
class StreamConnection implements ClientConnection {
  readonly remoteAddress: string | undefined
  readonly #stream: ServerHttp2Stream

  constructor(stream: ServerHttp2Stream, remoteAddress: string | undefined) {
    this.#stream = stream
    this.remoteAddress = remoteAddress
  }
  get destroyed(): boolean {
    return this.#stream.destroyed
  }
  once(event: 'close', listener: () => void): void {
    this.#stream.once(event, listener)
  }
  off(event: 'close', listener: () => void): void {
    this.#stream.off(event, listener)
  }
}

/** The fields without pseudo-fields. A `host` beside another `:authority` stays, and so is found to be there twice. */
function plainFields(raw: readonly string[], authority: string | undefined): string[] {
  const fields = authority === undefined ? [] : ['host', authority]
  let cookieAt = -1
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!
    const value = raw[i + 1]!
    if (name.startsWith(':') || (name === 'host' && value === authority)) continue
    if (name === 'cookie' && cookieAt >= 0) fields[cookieAt] += `; ${value}`
    else {
      if (name === 'cookie') cookieAt = fields.length + 1
      fields.push(name, value)
    }
  }
  return fields
}
