import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Problem } from './problem.ts'

/** An older request may be a recorded one; younger ones leave room for clocks that differ. */
const MAX_AGE_SECONDS = 5 * 60

const SIGNED_HEADERS = ['weir-app', 'weir-user', 'weir-platform', 'weir-endpoint', 'weir-request-id']

/**
 * Throws `bad-signature` unless Weir signed this request with the key both share (WEIR_UPSTREAM_KEY):
 * `weir-signature` is the hex HMAC-SHA256 over the lines timestamp, method, path with query, and the
 * fields above; one that is absent is an empty line.
 */
export function checkSignature(key: string, request: IncomingMessage): void {
  const timestamp = header(request, 'weir-timestamp')
  const fields = SIGNED_HEADERS.map(name => header(request, name))
  const signed = [timestamp, request.method, request.url, ...fields].join('\n')
  // Node reads headers byte by byte as Latin-1; written back that way they are the bytes that were signed.
  const expected = createHmac('sha256', key).update(signed, 'latin1').digest()
  const given = Buffer.from(header(request, 'weir-signature'), 'hex')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new Problem(
      'bad-signature',
      'weir-signature is missing or wrong: is WEIR_UPSTREAM_KEY the same on both sides?',
    )
  }
  const ageSeconds = Date.now() / 1000 - Number(timestamp)
  if (!(Math.abs(ageSeconds) <= MAX_AGE_SECONDS)) {
    throw new Problem(
      'bad-signature',
      `weir-timestamp is not within ${MAX_AGE_SECONDS} seconds of this clock.`,
    )
  }
}

function header(request: IncomingMessage, name: string): string {
  return String(request.headers[name] ?? '')
}
