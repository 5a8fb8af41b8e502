import { type Socket, connect } from 'node:net'

/** A client that says exactly the bytes a test wants, and shows exactly the bytes that come back. */
export interface RawClient {
  readonly socket: Socket
  write(data: string | Buffer): void
  /** The next answer with its whole body. `bodiless`: an answer to HEAD. */
  answer(options?: { readonly bodiless?: boolean }): Promise<RawAnswer>
  /** The next head alone; what follows stays to be read. */
  head(): Promise<RawAnswer>
  /** The next `count` bytes. */
  bytes(count: number): Promise<Buffer>
  /** Everything until the server ended the connection. */
  rest(): Promise<Buffer>
  /** Resolves when the connection is gone, however it went. */
  readonly closed: Promise<void>
}

export interface RawAnswer {
  readonly status: number
  readonly reason: string
  /** Names in lower case, in the order of the wire. */
  readonly fields: readonly (readonly [string, string])[]
  readonly body: Buffer
  /** All values of a field, as on the wire. */
  all(name: string): string[]
  /** The one value of a field; throws if it stands there twice. */
  one(name: string): string | undefined
}

export async function connectRaw(url: string): Promise<RawClient> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), allowHalfOpen: true })
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  let received = Buffer.alloc(0)
  let ended = false
  let wake: (() => void) | undefined
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    wake?.()
  })
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
  const over = () => {
    ended = true
    wake?.()
  }
  // A reset is what some tests are about: 'close' follows it.
  socket.on('end', over).on('close', over).on('error', over)

  /** Takes from what was received as soon as `find` says how much there is of it. */
  async function take<T>(find: (bytes: Buffer) => { value: T; length: number } | undefined): Promise<T> {
    for (;;) {
      const found = find(received)
      if (found) {
        received = received.subarray(found.length)
        return found.value
      }
      if (ended) throw new Error(`the connection ended after ${JSON.stringify(received.toString('latin1'))}`)
      await new Promise<void>(resolve => (wake = resolve))
    }
  }

  return {
    socket,
    closed,
    write: data => void socket.write(typeof data === 'string' ? Buffer.from(data) : data),
    answer: ({ bodiless = false } = {}) => take(bytes => wholeAnswer(bytes, bodiless)),
    head: () => take(bytes => wholeAnswer(bytes, true)),
    bytes: count =>
      take(bytes => (bytes.length < count ? undefined : { value: bytes.subarray(0, count), length: count })),
    rest: () => take(bytes => (ended ? { value: bytes, length: bytes.length } : undefined)),
  }
}

/** One request on a connection of its own, and its answer. */
export async function ask(url: string, request: string | Buffer): Promise<RawAnswer> {
  const client = await connectRaw(url)
  try {
    client.write(request)
    return await client.answer()
  } finally {
    client.socket.destroy()
  }
}

/** A request's head: its fields end with an empty line. */
export function head(line: string, fields: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries({ host: 'weir.test', ...fields }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  return `${line} HTTP/1.1\r\n${lines.join('')}\r\n`
}

function wholeAnswer(bytes: Buffer, bodiless: boolean): { value: RawAnswer; length: number } | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [line = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const [, status, reason] = /^HTTP\/1\.1 (\d{3}) ?(.*)$/.exec(line) ?? []
  if (status === undefined) throw new Error(`no status line: ${JSON.stringify(line)}`)
  const fields = lines.map(each => {
    const colon = each.indexOf(':')
    return [each.slice(0, colon).toLowerCase(), each.slice(colon + 1).trim()] as const
  })
  const all = (name: string) => fields.filter(([other]) => other === name).map(([, value]) => value)
  const one = (name: string) => {
    const values = all(name)
    if (values.length > 1) throw new Error(`${name} stands there ${values.length} times`)
    return values[0]
  }
  const none = bodiless || Number(status) < 200 || status === '204' || status === '304'
  const body = none ? { bytes: Buffer.alloc(0), length: 0 } : bodyOf(bytes.subarray(end + 4), one)
  if (!body) return undefined
  const value = { status: Number(status), reason: reason ?? '', fields, body: body.bytes, all, one }
  return { value, length: end + 4 + body.length }
}

function bodyOf(bytes: Buffer, one: RawAnswer['one']): { bytes: Buffer; length: number } | undefined {
  if (one('transfer-encoding') === 'chunked') return chunkedBody(bytes)
  const length = Number(one('content-length') ?? 0)
  return bytes.length < length ? undefined : { bytes: bytes.subarray(0, length), length }
}

function chunkedBody(bytes: Buffer): { bytes: Buffer; length: number } | undefined {
  const chunks: Buffer[] = []
  let at = 0
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16)
    const next = lineEnd + 2 + size + 2
    if (bytes.length < next) return undefined
    if (size === 0) return { bytes: Buffer.concat(chunks), length: next }
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = next
  }
}
