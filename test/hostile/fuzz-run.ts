import { createHmac } from 'node:crypto'
import { type Socket, connect } from 'node:net'
import fc from 'fast-check'
import type { TestApp, TestWeir } from '../e2e/harness.ts'
import { corpus, honest } from './corpus.ts'
import type { RecordingUpstream } from './recording-upstream.ts'
import { readRequests } from './strict-reader.ts'

/** What one run of the fuzzer did. */
export interface FuzzReport {
  readonly seed: number
  readonly sent: number
  readonly forwarded: number
  /** Inputs that broke a promise, in words and bytes; none is good. */
  readonly broken: readonly string[]
}

export interface FuzzOptions {
  readonly weir: TestWeir
  readonly app: TestApp
  readonly upstream: RecordingUpstream
  readonly seed: number
  /** Ends after so many requests or so much time, whichever is first. */
  readonly atMost: number
  readonly untilMs: number
}

/** Connections at once. */
const LANES = 32
/** Once a client has said all, an honest Weir has answered long before; then the client ends its side. */
const QUIET_MS = 25
/** From there the connection has to be gone in this time. */
const CLOSED_WITHIN_MS = 10_000

/** Mutates the corpus and honest requests, sends them, and holds what the upstream saw against a strict reader. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { upstream, seed } = options
  upstream.forget()
  const inputs = fc.sample(mutated, { seed, numRuns: Math.min(options.atMost, 20_000) })
  const sentAs = new Map<string, string>()
  const broken: string[] = []
  let forwarded = 0
  let next = 0

  async function lane(): Promise<void> {
    while (next < options.atMost && Date.now() < options.untilMs) {
      const number = next++
      // A user of its own, signed, so whatever reaches the upstream tells which input it came from.
      const user = `fuzz-${number}`
      const bytes = inputs[number % inputs.length]!.replaceAll('{key}', options.app.apiKey).replaceAll(
        '{token}',
        tokenOf(user, options.app.secret),
      )
      sentAs.set(user, bytes)
      if (!(await say(options.weir.weir.gatewayUrl, bytes))) broken.push(`never closed: ${shown(bytes)}`)
      if (upstream.requests.length > 500) judge()
    }
  }
  /** Every request the upstream saw must be one that its client sent, whole, in that order. */
  function judge(): void {
    const seen = Map.groupBy(upstream.requests.splice(0), request => request.one('weir-user') ?? '')
    for (const [user, requests] of seen) {
      forwarded += requests.length
      const bytes = sentAs.get(user)
      const meant = (bytes === undefined ? [] : readRequests(bytes).requests).map(identityOf)
      for (const request of requests.map(identityOf)) {
        const at = meant.indexOf(request)
        if (at < 0) broken.push(`smuggled ${request} in ${shown(bytes ?? 'nothing')}`)
        else meant.splice(at, 1)
      }
    }
    broken.push(...upstream.garbage.splice(0).map(each => `garbage upstream: ${each}`))
  }

  await Promise.all(Array.from({ length: LANES }, lane))
  judge()
  return { seed, sent: next, forwarded, broken }
}

const shown = (bytes: string) => JSON.stringify(bytes.slice(0, 2000))

const identityOf = ({ method, target, body }: { method: string; target: string; body: string }) =>
  JSON.stringify([method, target, body])

/** Bytes and phrases that framing turns on. */
const morsels = [
  '\r',
  '\n',
  '\r\n',
  '\r\n\r\n',
  '\0',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '0',
  '1',
  'a',
  '+',
  '-',
  '_',
  '\x0b',
  '\x80',
  '\xff',
  '0\r\n\r\n',
  '5\r\n',
  'ffffffff\r\n',
  'content-length: 5\r\n',
  'content-length: 0\r\n',
  'transfer-encoding: chunked\r\n',
  'Transfer-Encoding : chunked\r\n',
  'connection: close\r\n',
  'connection: upgrade\r\nupgrade: websocket\r\n',
  'expect: 100-continue\r\n',
  'connection: content-length, transfer-encoding\r\n',
  'host: y\r\n',
  'HTTP/1.0',
  'HTTP/0.9',
  '/../',
  '%2e',
  '%00',
  '#',
  '?',
]

type Mutation = readonly [
  kind: 'insert' | 'replace' | 'cut' | 'copy' | 'flip',
  at: number,
  length: number,
  morsel: string,
]

const mutation: fc.Arbitrary<Mutation> = fc.tuple(
  fc.constantFrom('insert', 'replace', 'cut', 'copy', 'flip'),
  fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  fc.integer({ min: 1, max: 12 }),
  fc.oneof(fc.constantFrom(...morsels), fc.string({ unit: 'binary-ascii', maxLength: 4 })),
)

/** Half of them honest: what is refused at its first byte tells little about what stands behind it. */
const source = fc.oneof(
  fc.constantFrom(...honest),
  fc.constantFrom(...corpus.filter(({ bytes }) => bytes.length < 4096)),
)

const mutated = fc
  .tuple(
    fc.array(
      source.map(({ bytes }) => bytes),
      { minLength: 1, maxLength: 3 },
    ),
    fc.array(mutation, { maxLength: 4 }),
  )
  .map(([parts, mutations]) => mutations.reduce(mutate, parts.join('')))

function mutate(bytes: string, [kind, where, length, morsel]: Mutation): string {
  const at = Math.floor(where * bytes.length)
  const [before, after] = [bytes.slice(0, at), bytes.slice(at)]
  if (kind === 'insert') return before + morsel + after
  if (kind === 'replace') return before + morsel + after.slice(length)
  if (kind === 'cut') return before + after.slice(length)
  if (kind === 'copy') return before + after.slice(0, length * 8) + after
  return before + String.fromCharCode((after.charCodeAt(0) ^ (1 << (length % 8))) & 0xff) + after.slice(1)
}

/** A token as an honest client has it; made here because ten thousand are wanted. */
function tokenOf(user: string, secret: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg: 'HS256' })}.${part({ user_id: user })}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

/** Says the bytes on a connection of their own; false if it was not gone in time after its client said goodbye. */
function say(url: string, bytes: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket: Socket = connect(Number(new URL(url).port), '127.0.0.1')
    let quiet = setTimeout(() => socket.end(), 10 * QUIET_MS)
    const late = setTimeout(() => {
      resolve(false)
      socket.destroy()
    }, CLOSED_WITHIN_MS)
    socket.on('data', () => {
      clearTimeout(quiet)
      quiet = setTimeout(() => socket.end(), QUIET_MS)
    })
    // A reset is one of the ways to be closed.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      clearTimeout(quiet)
      clearTimeout(late)
      resolve(true)
    })
    socket.write(Buffer.from(bytes, 'latin1'))
  })
}
