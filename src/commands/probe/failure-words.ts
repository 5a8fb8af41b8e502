/** What kept an answer away, in words for whoever reads the results; never longer than a result may be. */
export function failureWords(error: unknown, host: string): string {
  const cause = firstCause(error)
  const { code = '' } = cause as NodeJS.ErrnoException
  if (code === 'ECONNREFUSED') return `${host} refused the connection`
  if (code === 'ENOTFOUND') return `the name ${host} is not known`
  if (code === 'EAI_AGAIN') return `the name ${host} could not be looked up: no name server answered`
  if (unreachable.has(code)) return `${host} cannot be reached (${code})`
  if (isTls(code)) return plain(`TLS with ${host} failed: ${cause.message} (${code})`)
  if (cut.has(code) || /socket hang up|other side closed/.test(cause.message)) {
    return 'the connection was cut before the answer was whole'
  }
  if (code.startsWith('HPE_') || cause.name === 'HTTPParserError') {
    return plain(`the answer is not valid HTTP: ${cause.message}`)
  }
  return plain(cause.message || code || cause.name)
}

const unreachable = new Set([
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])
const cut = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'])

function isTls(code: string): boolean {
  return (
    code === 'EPROTO' ||
    /^ERR_(TLS|SSL)|CERT|SELF_SIGNED|^UNABLE_TO_(GET|VERIFY|DECRYPT|DECODE)|^HOSTNAME_MISMATCH|^INVALID_PURPOSE/.test(
      code,
    )
  )
}

/** Of several addresses that were tried, each has its own error, and the whole says nothing. */
function firstCause(error: unknown): Error {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  return first instanceof Error ? first : new Error(String(first))
}

const MOST_CHARACTERS = 300

/** On one line, and of a length that fits beside others: it may hold what somebody answered. */
export function plain(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim()
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}…` : line
}
