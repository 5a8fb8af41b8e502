import { errors as undici } from 'undici'
import { ProblemError } from '../../http/problem.ts'

/** What went wrong on the way to the upstream or back, as the client is told. */
export type UpstreamFailure =
  'upstream-unreachable' | 'upstream-reset' | 'upstream-invalid' | 'upstream-timeout'

/** The headers did not arrive within the contract's `timeoutMs`. */
export class UpstreamTimeoutError extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`)
    this.name = 'UpstreamTimeoutError'
  }
}

/** The upstream answered something that is not what was asked for. */
export class UpstreamInvalidError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UpstreamInvalidError'
  }
}

/** Codes of a connection that never came to be: nothing of the request has reached the upstream. */
const neverConnected = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
])

export function classifyFailure(error: Error): UpstreamFailure {
  const { code = '', syscall = 'connect' } = error as NodeJS.ErrnoException
  if (error instanceof UpstreamTimeoutError || error instanceof undici.BodyTimeoutError) {
    return 'upstream-timeout'
  }
  // The same codes can end a connection that was there: then something may have arrived.
  const connecting = syscall === 'connect' || syscall === 'getaddrinfo'
  if (
    (connecting && neverConnected.has(code)) ||
    (error instanceof AggregateError && error.errors.length > 0)
  ) {
    return 'upstream-unreachable'
  }
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE' || !connecting) {
    // undici reports a 101 nobody asked for as a broken socket.
    return error.message === 'bad upgrade' ? 'upstream-invalid' : 'upstream-reset'
  }
  return isTlsFailure(code) ? 'upstream-unreachable' : 'upstream-invalid'
}

function isTlsFailure(code: string): boolean {
  return code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL') || code.includes('CERT')
}

const sentences: Readonly<Record<UpstreamFailure, string>> = {
  'upstream-unreachable': 'No connection to the API could be made.',
  'upstream-reset': 'The API closed the connection before it had answered.',
  'upstream-invalid': 'What the API answered is not valid HTTP.',
  'upstream-timeout': 'The API did not begin to answer in time.',
}

/** The problem for the client: it names the kind of failure, never an address of the provider's network. */
export function failureProblem(failure: UpstreamFailure): ProblemError {
  return new ProblemError(failure, sentences[failure])
}
