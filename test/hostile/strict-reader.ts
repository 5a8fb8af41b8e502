/** A request as it stands on the wire; a character is a byte. */
export interface WireRequest {
  readonly method: string
  readonly target: string
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** Without its framing. */
  readonly body: string
  /** The value of a field that stands there once; undefined if it does not. */
  one(name: string): string | undefined
}

export interface Reading {
  readonly requests: readonly WireRequest[]
  /** What is not a whole request yet. */
  readonly rest: string
  /** Why `rest` will never become one. */
  readonly flaw: string | undefined
}

/**
 * Reads requests by the letter of RFC 9112 and nothing wider: what this does not find in a client's bytes, no
 * upstream may ever see. It shares nothing with the parser that Weir uses.
 */
export function readRequests(bytes: string): Reading {
  const requests: WireRequest[] = []
  let at = 0
  try {
    for (;;) {
      // RFC 9112, 2.2: empty lines before a request are skipped, and what ends them is not looked at closely.
      while (bytes[at] === '\r' || bytes[at] === '\n') at++
      const read = readRequest(bytes, at)
      if (!read) return { requests, rest: bytes.slice(at), flaw: undefined }
      requests.push(read.request)
      at = read.end
    }
  } catch (error) {
    if (error instanceof Flaw) return { requests, rest: bytes.slice(at), flaw: error.message }
    throw error
  }
}

class Flaw extends Error {}

function demand(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Flaw(what)
}

const REQUEST_LINE = /^([!#$%&'*+.^_`|~\dA-Za-z-]+) +(\/[!"$-~]*) HTTP\/1\.[01]$/
const FIELD =
  /^([!#$%&'*+.^_`|~\dA-Za-z-]+):[\t ]*((?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?)[\t ]*$/

function readRequest(bytes: string, from: number): { request: WireRequest; end: number } | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n', from)
  if (headEnd < 0) return undefined
  const [line = '', ...lines] = bytes.slice(from, headEnd).split('\r\n')
  const [, method = '', target = ''] = REQUEST_LINE.exec(line) ?? []
  demand(method !== '', 'no request line')
  const fields = lines.map(each => {
    const [, name, value] = FIELD.exec(each) ?? []
    demand(name !== undefined, 'no field')
    return [name.toLowerCase(), value!] as const
  })
  const all = (name: string) => fields.filter(([other]) => other === name).map(([, value]) => value)
  const one = (name: string) => {
    const values = all(name)
    demand(values.length <= 1, `${name} twice`)
    return values[0]
  }
  const [length, coding] = [one('content-length'), one('transfer-encoding')]
  demand(length === undefined || coding === undefined, 'two framings')
  demand(length === undefined || /^\d{1,15}$/.test(length), 'a bad length')
  demand(coding === undefined || (coding.toLowerCase() === 'chunked' && line.endsWith('1.1')), 'a bad coding')
  const start = headEnd + 4
  const body =
    coding === undefined
      ? { text: bytes.slice(start, start + Number(length ?? 0)), end: start + Number(length ?? 0) }
      : readChunks(bytes, start)
  if (!body || body.end > bytes.length) return undefined
  return { request: { method, target, fields, body: body.text, one }, end: body.end }
}

function readChunks(bytes: string, from: number): { text: string; end: number } | undefined {
  let text = ''
  let at = from
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    // An extension may hold anything visible: nothing of it is looked at.
    const [, digits] =
      /^0*([\da-f]{1,12})(?:[\t ]*;[\t -~\x80-\xff]*)?$/i.exec(bytes.slice(at, lineEnd)) ?? []
    demand(digits !== undefined, 'a bad chunk size')
    const size = Number.parseInt(digits, 16)
    at = lineEnd + 2
    if (size === 0) return readTrailers(bytes, at, text)
    if (at + size + 2 > bytes.length) return undefined
    text += bytes.slice(at, at + size)
    demand(bytes.startsWith('\r\n', at + size), 'no CRLF behind a chunk')
    at += size + 2
  }
}

function readTrailers(bytes: string, from: number, text: string): { text: string; end: number } | undefined {
  let at = from
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    if (lineEnd === at) return { text, end: at + 2 }
    demand(FIELD.test(bytes.slice(at, lineEnd)), 'a bad trailer')
    at = lineEnd + 2
  }
}
