import { Agent, request } from 'undici'
import { type Attempt, harmless } from './attempt.ts'
import { guardedConnector } from './guarded-connector.ts'
import { webhookUrlFlaw } from './webhook-url.ts'

/** Sends messages to addresses that others chose. */
export interface WebhookSender {
  /** Never rejects for what the receiver did. `signal` ends it early: then it rejects with the signal's reason. */
  send(
    url: string,
    body: string,
    fields: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Attempt>
  close(): Promise<void>
}

export interface WebhookSenderOptions {
  /** Also to addresses that are not public, and without TLS. */
  readonly allowPrivate: boolean
  /** Of Weir. */
  readonly version: string
  /** From the first look-up of the name to the head of the answer. */
  readonly timeoutMs?: number
  /** In the place of the system's, for tests. */
  readonly lookup?: Parameters<typeof guardedConnector>[1]
}

/** Long enough for a receiver that works before it answers, which it should not. */
const TIMEOUT_MS = 15_000
const MAX_RESPONSE_BYTES = 1024
const MAX_HEADER_BYTES = 16 * 1024

export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const { allowPrivate, version, timeoutMs = TIMEOUT_MS, lookup } = options
  const connect = { timeout: timeoutMs }
  const dispatcher = new Agent({
    connect: allowPrivate ? connect : guardedConnector(connect, lookup),
    maxHeaderSize: MAX_HEADER_BYTES,
    pipelining: 1,
  })
  return {
    async send(url, body, fields, signal) {
      const flaw = webhookUrlFlaw(url, allowPrivate)
      if (flaw !== undefined) return { verdict: 'failed', error: flaw }
      const timeout = AbortSignal.timeout(timeoutMs)
      const headers = {
        'content-type': 'application/json',
        'user-agent': `Weir/${version} (webhooks)`,
        ...fields,
      }
      const until = AbortSignal.any([signal, timeout])
      try {
        const answer = await request(url, { method: 'POST', body, headers, dispatcher, signal: until })
        return judge(answer.statusCode, await firstBytes(answer.body))
      } catch (error) {
        signal.throwIfAborted()
        if (timeout.aborted) return { verdict: 'failed', error: `No answer within ${timeoutMs / 1000} s.` }
        return { verdict: 'failed', error: inWords(error) }
      }
    },
    close: () => dispatcher.destroy(),
  }
}

function judge(status: number, response: string): Attempt {
  if (status >= 200 && status < 300) return { verdict: 'worked', status, response }
  if (status === 410)
    return { verdict: 'gone', status, response, error: 'Answered 410: it is gone for good.' }
  const redirected = status >= 300 && status < 400
  const error = redirected
    ? `Answered ${status}: redirects are not followed; set the address to where it leads.`
    : `Answered ${status}; only 2xx says that it arrived.`
  return { verdict: 'failed', status, response, error }
}

/** What has come when there is enough of it, it ends, or it breaks off: the head has already said all that counts. */
async function firstBytes(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  try {
    for await (const part of body) {
      parts.push(part)
      length += part.length
      if (length >= MAX_RESPONSE_BYTES) break
    }
  } catch (error) {
    if (length === 0) return `(the answer's body could not be read: ${inWords(error)})`
  }
  return harmless(Buffer.concat(parts).subarray(0, MAX_RESPONSE_BYTES).toString('utf8'))
}

function inWords(error: unknown): string {
  if (!(error instanceof Error)) return harmless(String(error))
  // Of several addresses that were tried, each has its own error and the whole says nothing.
  const first = error instanceof AggregateError ? error.errors[0] : undefined
  const { message } = first instanceof Error ? first : error
  return harmless(message || error.name)
}
