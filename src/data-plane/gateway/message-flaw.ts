import { METHODS } from 'node:http'
import { ProblemError } from '../../http/problem.ts'
import type { ClientLimits } from './client-limits.ts'
import type { ClientRequest } from './client-message.ts'

type HeaderLimits = Pick<ClientLimits, 'maxHeaderFields' | 'maxHeaderBytes'>

/**
 * Why a message that the parser took is refused before anybody looks at what it asks for: it could be read in
 * another way by whoever stands behind Weir, or in front of it. The parser refuses the rest (docs/hostile-input.md).
 * After such a message nothing on its connection can be trusted to begin where it seems to.
 */
export function messageFlaw(request: ClientRequest, limits: HeaderLimits): ProblemError | undefined {
  const { maxHeaderFields, maxHeaderBytes } = limits
  const fields = request.rawHeaders.length / 2
  if (fields > maxHeaderFields) {
    return new ProblemError('headers-too-large', `A request may have ${maxHeaderFields} header fields.`)
  }
  if (request.httpVersion === '2' && bytesOf(request) > maxHeaderBytes) {
    const detail = `The request line and the header fields may have ${maxHeaderBytes / 1024} KiB together.`
    return new ProblemError('headers-too-large', detail)
  }
  const flaw = versionFlaw(request) ?? streamFlaw(request) ?? targetFlaw(request.url!) ?? fieldsFlaw(request)
  return flaw === undefined ? undefined : new ProblemError('malformed-request', flaw)
}

/** The parser also takes HTTP/0.9, which has no header fields, and a bare `HTTP/2.0`. */
function versionFlaw({ httpVersion }: ClientRequest): string | undefined {
  if (httpVersion === '1.1' || httpVersion === '1.0' || httpVersion === '2') return undefined
  return `Send HTTP/1.1; this connection does not speak HTTP/${httpVersion}.`
}

/** The bound that a client of HTTP/2 is told holds only once it agrees, so here it is counted. */
function bytesOf({ url, rawHeaders }: ClientRequest): number {
  return rawHeaders.reduce((sum, text) => sum + text.length, url!.length)
}

const methods = new Set(METHODS)

/** What the parser of HTTP/1 refuses by itself, and what an upstream is spoken to in HTTP/1 cannot be told. */
function streamFlaw({ httpVersion, method, url }: ClientRequest): string | undefined {
  if (httpVersion !== '2') return undefined
  if (method === 'CONNECT' || !methods.has(method!)) return 'The method is none that is served.'
  return /^[!-\xff]*$/.test(url!)
    ? undefined
    : 'The request target must hold no space and no control character.'
}

/** A fragment is the client's own: a server that cuts it off and one that does not see two paths. */
function targetFlaw(target: string): string | undefined {
  if (!target.startsWith('/')) return 'The request target must be a path that starts with `/`.'
  return target.includes('#') ? 'The request target must not hold a fragment.' : undefined
}

/** Servers differ in which of two they take, so each of these may stand there once. */
const once = new Set([
  'host',
  'authorization',
  'content-type',
  'content-length',
  'transfer-encoding',
  'expect',
])

/** Some servers read `_` as `-`, and a message that frames itself twice ends in two places. */
const disguised = new Set(['content_length', 'transfer_encoding', 'content_type'])

function fieldsFlaw(request: ClientRequest): string | undefined {
  const raw = request.rawHeaders
  let seen: Set<string> | undefined
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase()
    if (disguised.has(name)) return `Write ${name.replace('_', '-')} with a hyphen.`
    if (!once.has(name)) continue
    if (seen?.has(name)) return `The field ${name} may stand in a request once.`
    seen = (seen ?? new Set()).add(name)
  }
  return hostFlaw(request) ?? codingFlaw(request)
}

/** A name or an address with an optional port (RFC 3986, 3.2.2); what browsers and proxies send is narrower still. */
const HOST = /^(?:[\w.~-]+|\[[\da-f:.]+\])(?::\d{0,5})?$/i

export function isHost(text: string): boolean {
  return HOST.test(text)
}

function hostFlaw({ headers: { host }, httpVersion }: ClientRequest): string | undefined {
  if (host === undefined) return httpVersion === '1.0' ? undefined : 'HTTP asks for a Host field.'
  return isHost(host) ? undefined : 'The Host field must be a name or an address, and a port or none.'
}

/** RFC 9112, 6.1: HTTP/1.0 knows no transfer coding, and of the codings Weir speaks only the chunked one. */
function codingFlaw({ headers, httpVersion }: ClientRequest): string | undefined {
  const coding = headers['transfer-encoding']
  if (coding === undefined) return undefined
  if (httpVersion === '1.0') return 'HTTP/1.0 knows no Transfer-Encoding.'
  return coding.toLowerCase() === 'chunked' ? undefined : 'The only Transfer-Encoding served is chunked.'
}

/** 16 bytes in base64, as RFC 6455, 4.1 has it. */
const WEBSOCKET_KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/

/** Why a request that wants to become a WebSocket cannot: what an upstream makes of a lie is not tried. */
export function handshakeFlaw(request: ClientRequest): ProblemError | undefined {
  const { 'sec-websocket-key': key, 'sec-websocket-version': version } = request.headers
  if (request.httpVersion !== '1.1') return malformed('A WebSocket begins with HTTP/1.1.')
  if (typeof key !== 'string' || !WEBSOCKET_KEY.test(key)) {
    return malformed('A WebSocket handshake needs one Sec-WebSocket-Key: 16 bytes in base64.')
  }
  if (version !== '13') return new ProblemError('upgrade-required', 'Send Sec-WebSocket-Version: 13.')
  return undefined
}

function malformed(detail: string): ProblemError {
  return new ProblemError('malformed-request', detail)
}
