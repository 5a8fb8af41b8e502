/**
 * Paths, as the contract declares them and as requests bring them, in one canonical form: the router and
 * the same-shape mistake must agree to the letter on what is the same path.
 */
export type TemplateSegment =
  | { readonly kind: 'literal'; readonly text: string }
  /** A parameter between each two of these texts, which may be empty: `{base}...{head}` is `['', '...', '']`. */
  | { readonly kind: 'partial'; readonly texts: readonly string[] }
  | { readonly kind: 'param' }

export interface PathTemplate {
  readonly segments: readonly TemplateSegment[]
  /** Equal for two templates that match the same paths: names of parameters do not count. */
  readonly shape: string
}

export type ParsedTemplate =
  { readonly ok: true; readonly template: PathTemplate } | { readonly ok: false; readonly problem: string }

/** A path from `/`, with `{param}` for a segment or a part of one. */
export function parsePathTemplate(path: string): ParsedTemplate {
  if (!path.startsWith('/')) return { ok: false, problem: `the path \`${path}\` must start with \`/\`` }
  const segments: TemplateSegment[] = []
  const names = new Set<string>()
  for (const text of path.slice(1).split('/')) {
    const segment = parseSegment(text, names)
    if (typeof segment === 'string') return { ok: false, problem: `${segment} in the path \`${path}\`` }
    segments.push(segment)
  }
  const gap = segments.findIndex(segment => segment.kind === 'literal' && segment.text === '')
  if (gap !== -1 && gap !== segments.length - 1) {
    return { ok: false, problem: `an empty segment (\`//\`) in the path \`${path}\`` }
  }
  return { ok: true, template: { segments, shape: segments.map(segmentShape).join('') } }
}

/** The segment, or what is wrong with it. */
function parseSegment(text: string, names: Set<string>): TemplateSegment | string {
  const texts: string[] = []
  let at = 0
  for (;;) {
    const open = text.indexOf('{', at)
    const literal = canonicalLiteral(open === -1 ? text.slice(at) : text.slice(at, open))
    if (typeof literal !== 'string') return literal.problem
    texts.push(literal)
    if (open === -1) break
    const close = text.indexOf('}', open)
    if (close === -1) return '`{` without `}`'
    const name = text.slice(open + 1, close)
    if (!/^[^{}\s]+$/.test(name)) return 'a parameter without a plain name between `{` and `}`'
    if (names.has(name)) return `the parameter \`{${name}}\` twice`
    names.add(name)
    at = close + 1
  }
  const [first = ''] = texts
  if (texts.length === 1) return isDotSegment(first) ? DOT_SEGMENT : { kind: 'literal', text: first }
  return texts.every(part => part === '') && texts.length === 2
    ? { kind: 'param' }
    : { kind: 'partial', texts }
}

function canonicalLiteral(text: string): string | { readonly problem: string } {
  if (text.includes('}')) return { problem: '`}` without `{`' }
  const segment = canonicalText(text)
  return segment.ok ? segment.text : { problem: segment.reason }
}

// `{` cannot stand in a canonical literal, so a parameter's mark is unmistakable.
function segmentShape(segment: TemplateSegment): string {
  if (segment.kind === 'literal') return `/${segment.text}`
  return segment.kind === 'param' ? '/{}' : `/${segment.texts.join('{}')}`
}

/** What a character of a path is: the scan of every request looks each one up here. */
export const PLAIN = 0
const ENCODE = 1
const PERCENT = 2
const REFUSED = 3
export const characterClass = Uint8Array.from({ length: 128 }, (_, code) =>
  classOf(String.fromCharCode(code)),
)

// RFC 3986 pchar: unreserved, sub-delims, `:` and `@`; and `/`, which ends a segment.
function classOf(character: string): number {
  if (/[A-Za-z0-9\-._~!$&'()*+,;=:@/]/.test(character)) return PLAIN
  if (character === '%') return PERCENT
  return /["<>^`{|}[\]]/.test(character) ? ENCODE : REFUSED
}

export type CanonicalSegment =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string }

/**
 * One segment in the form that is compared: what may stand raw in a segment (RFC 3986 pchar) is raw, all
 * else is percent-encoded in upper case. `%2F` stays as it is, data and no separator.
 */
export function canonicalSegment(raw: string): CanonicalSegment {
  const segment = canonicalText(raw)
  return segment.ok && isDotSegment(segment.text) ? { ok: false, reason: DOT_SEGMENT } : segment
}

const DOT_SEGMENT = 'a dot segment (`.` or `..`)'

function canonicalText(raw: string): CanonicalSegment {
  let text = ''
  for (let at = 0; at < raw.length; at += 1) {
    const code = raw.charCodeAt(at)
    const kind = code < 128 ? characterClass[code] : REFUSED
    if (kind === PLAIN) text += raw[at]
    else if (kind === ENCODE) text += percentEncoded(code)
    else if (kind === REFUSED) return { ok: false, reason: refusedReason(code) }
    else {
      const byte = hexByte(raw, at + 1)
      if (byte === undefined) return { ok: false, reason: 'a `%` without two hexadecimal digits' }
      if (byte < 0x20 || byte === 0x7f) return { ok: false, reason: 'an encoded control character' }
      if (byte === 0x5c) return { ok: false, reason: 'an encoded backslash' }
      text +=
        byte < 128 && byte !== 0x2f && characterClass[byte] === PLAIN
          ? String.fromCharCode(byte)
          : percentEncoded(byte)
      at += 2
    }
  }
  return { ok: true, text }
}

/** Also `..;x`: servlet containers cut a segment at `;` before they resolve dots. */
function isDotSegment(text: string): boolean {
  if (text.charCodeAt(0) !== 0x2e) return false
  const end = text.charCodeAt(1) === 0x2e ? 2 : 1
  return text.length === end || text.charCodeAt(end) === 0x3b
}

function refusedReason(code: number): string {
  if (code === 0x5c) return 'a backslash'
  if (code === 0x3f) return 'a `?`'
  if (code === 0x23) return 'a `#`'
  if (code === 0x20) return 'a space'
  return code > 127 ? 'a character that must be percent-encoded' : 'a control character'
}

function percentEncoded(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
}

function hexByte(text: string, at: number): number | undefined {
  const high = hexDigit(text.charCodeAt(at))
  const low = hexDigit(text.charCodeAt(at + 1))
  return high === -1 || low === -1 ? undefined : high * 16 + low
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
