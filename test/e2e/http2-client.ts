import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  connect,
} from 'node:http2'
import type { TestApp, TestWeir } from './harness.ts'

/** A client of HTTP/2 that trusts one certificate. */
export interface Http2Client {
  readonly session: ClientHttp2Session
  /** Opens a stream with a key and token of `app`'s. */
  open(path: string, fields?: Record<string, string | string[]>, endStream?: boolean): ClientHttp2Stream
  /** A whole exchange. Rejects if the stream or its connection breaks. */
  call(path: string, fields?: Record<string, string | string[]>, body?: string): Promise<Http2Answer>
  close(): void
}

export interface Http2Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export async function connectHttp2(weir: TestWeir, app: TestApp, ca: string): Promise<Http2Client> {
  const session = connect(weir.weir.gatewayUrl, { ca })
  await new Promise<void>((resolve, reject) => {
    session.once('remoteSettings', () => resolve()).once('error', reject)
  })
  // From here on an error is one of the ways to end, and each stream tells its own.
  session.on('error', () => session.destroy())
  const credentials = { 'x-api-key': app.apiKey, authorization: await app.token({ user_id: 'ann' }) }

  function open(path: string, fields: Record<string, string | string[]> = {}, endStream = true) {
    return session.request({ ':path': path, ...credentials, ...fields }, { endStream })
  }
  return {
    session,
    open,
    call(path, fields, body) {
      const stream = open(path, fields, body === undefined)
      if (body !== undefined) stream.end(body)
      return answerOf(stream)
    },
    close: () => session.destroy(),
  }
}

/** The answer on a stream, once it ended cleanly. */
export async function answerOf(stream: ClientHttp2Stream): Promise<Http2Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Http2Answer>()
  let headers: IncomingHttpHeaders & { ':status'?: number | undefined } = {}
  let body = ''
  stream.setEncoding('utf8')
  stream.on('response', received => (headers = received))
  stream.on('data', (text: string) => (body += text))
  stream.on('error', reject)
  stream.on('close', () => {
    const status = headers[':status']
    if (stream.rstCode !== 0) reject(new Error(`reset with ${stream.rstCode}`))
    else if (status === undefined) reject(new Error('closed without an answer'))
    else resolve({ status, headers, body })
  })
  return promise
}
