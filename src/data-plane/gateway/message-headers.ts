import { corsFieldNames } from '../../http/cors.ts'
import { rateLimitFieldNames } from '../../http/rate-limit-fields.ts'
import type { ClientRequest } from './client-message.ts'

/** Fields about one connection, not about the message (RFC 9110, 7.6.1); each side of a proxy has its own. */
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** What Weir says to the upstream: a client that sends one of these names is not heard. */
const weirFieldNames = [
  'weir-app',
  'weir-user',
  'weir-platform',
  'weir-endpoint',
  'weir-request-id',
  'weir-timestamp',
  'weir-signature',
] as const

/** Weir speaks these itself; `expect` is answered by Weir, `host` is the upstream's. */
const notFromClient = new Set<string>([
  ...hopByHop,
  ...weirFieldNames,
  'host',
  'expect',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'traceparent',
])

const notFromUpstream = new Set<string>([...hopByHop, ...rateLimitFieldNames, 'weir-request-id'])
const notFromUpstreamWithCors = new Set<string>([...notFromUpstream, ...corsFieldNames])

/** The client's fields that reach the upstream, as a flat list of names and values. */
export function fieldsFromClient(request: ClientRequest): string[] {
  const named = connectionOptions(request.headers.connection)
  const kept: string[] = []
  const raw = request.rawHeaders
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase()
    // Many servers read `_` in a name as `-`, so one may not stand for the other here either.
    const read = name.includes('_') ? name.replaceAll('_', '-') : name
    if (notFromClient.has(read) || named?.has(name)) continue
    kept.push(raw[i]!, raw[i + 1]!)
  }
  return kept
}

/** Header fields of an upstream's answer as the HTTP client has them. */
export interface AnsweredFields {
  /** Names and values in turn, as bytes. */
  readonly raw: readonly (Buffer | string)[]
  /** The same by name in lower case, decoded; a list where a name stands more than once. */
  readonly byName: Readonly<Record<string, string | string[] | undefined>>
}

/** The upstream's fields that reach the client, as a flat list of names and values. */
export function fieldsFromUpstream({ raw, byName }: AnsweredFields, cors: boolean): string[] {
  const dropped = cors ? notFromUpstreamWithCors : notFromUpstream
  const kept: string[] = []
  let named: Set<string> | undefined
  for (let i = 0; i < raw.length; i += 2) {
    const name = textOf(raw[i]!)
    const lower = name.toLowerCase()
    if (lower === 'connection') {
      const more = connectionOptions(textOf(raw[i + 1]!))
      if (more) named = named ? named.union(more) : more
    }
    if (dropped.has(lower)) continue
    const value = byName[lower]
    kept.push(name, typeof value === 'string' ? value : textOf(raw[i + 1]!))
  }
  return named ? withoutFields(kept, named) : kept
}

function textOf(bytes: Buffer | string): string {
  return typeof bytes === 'string' ? bytes : bytes.toString('latin1')
}

/** Names that a `Connection` field makes hop-by-hop; undefined for the usual `keep-alive` and `close`. */
function connectionOptions(connection: string | undefined): Set<string> | undefined {
  if (connection === undefined) return undefined
  const plain = connection.toLowerCase()
  if (plain === 'keep-alive' || plain === 'close' || plain === 'upgrade') return undefined
  const options = new Set(plain.split(',').map(option => option.trim()))
  // Framing is not the sender's to hide: dropping these would let a message end elsewhere than it says.
  for (const framing of ['content-length', 'host']) options.delete(framing)
  return options
}

function withoutFields(fields: readonly string[], names: ReadonlySet<string>): string[] {
  return fields.filter((_, i) => !names.has(fields[i - (i % 2)]!.toLowerCase()))
}
