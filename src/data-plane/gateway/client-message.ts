import type { IncomingHttpHeaders } from 'node:http'

/**
 * A client's request as the gateway reads it, whichever version of HTTP it came in: an IncomingMessage of
 * `node:http`, or one stream of an HTTP/2 connection in the same words (stream-request.ts).
 */
export interface ClientRequest {
  readonly method?: string | undefined
  /** Path and query. */
  readonly url?: string | undefined
  /** `1.1`, `1.0`, or `2` of an HTTP/2 connection; an HTTP/1 parser writes what a client claims with a dot. */
  readonly httpVersion: string
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly socket: ClientConnection
  /** True once the body has arrived. */
  readonly complete: boolean
  readonly destroyed: boolean
  isPaused(): boolean
  pause(): unknown
  resume(): unknown
  destroy(): unknown
  on(event: 'data', listener: (chunk: Buffer) => void): this
  on(event: 'end' | 'close', listener: () => void): this
  once(event: 'end' | 'close', listener: () => void): this
  off(event: 'data', listener: (chunk: Buffer) => void): this
  off(event: 'end' | 'close', listener: () => void): this
}

/** What carries a request and its answer: a connection, or a stream of one. */
export interface ClientConnection {
  readonly remoteAddress?: string | undefined
  readonly destroyed: boolean
  once(event: 'close', listener: () => void): unknown
  off(event: 'close', listener: () => void): unknown
}

/** Where a request's answer is written: a ServerResponse of `node:http`, or a stream (stream-response.ts). */
export interface ClientResponse {
  readonly headersSent: boolean
  readonly destroyed: boolean
  readonly writableEnded: boolean
  readonly writableFinished: boolean
  /** Set to false: what carried this answer serves no other, and what is left of the request is not read. */
  shouldKeepAlive: boolean
  /** `fields` is a flat list of names and values. */
  writeHead(status: number, fields: string[]): unknown
  writeHead(status: number, reason: string, fields: string[]): unknown
  flushHeaders(): void
  writeContinue(): void
  write(chunk: Buffer): boolean
  end(body?: string): unknown
  end(body: string, encoding: 'latin1'): unknown
  destroy(): unknown
  on(event: 'close', listener: () => void): unknown
  once(event: 'close' | 'drain', listener: () => void): unknown
}
