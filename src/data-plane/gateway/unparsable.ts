import type { Duplex } from 'node:stream'
import { type ErrorCode, errors } from '../../http/errors.ts'
import { PROBLEM_TYPE, ProblemError, problemBody } from '../../http/problem.ts'
import { REQUEST_ID_FIELD, newRequestId } from '../../http/request-id.ts'
import { hangUp } from './hang-up.ts'

/**
 * Answers what never became a request: the parser refused it, or it took too long to arrive. Without a request
 * there is no origin, so this one problem carries no CORS fields; the connection ends behind it.
 */
export function answerUnparsable(socket: Duplex, error: NodeJS.ErrnoException, maxHeaderBytes: number): void {
  if (!socket.writable || error.code === 'ECONNRESET' || isAnswering(socket)) {
    socket.destroy()
    return
  }
  const problem = problemOf(error, maxHeaderBytes)
  const requestId = newRequestId()
  const body = JSON.stringify(problemBody(problem, requestId))
  const { status, title } = errors[problem.code]
  hangUp(
    socket,
    `HTTP/1.1 ${status} ${title}\r\n${REQUEST_ID_FIELD}: ${requestId}\r\nContent-Type: ${PROBLEM_TYPE}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

/** An answer that has begun must not be mixed with another: Node keeps it on the socket and looks there too. */
function isAnswering(socket: Duplex & { _httpMessage?: { headersSent: boolean } | null }): boolean {
  return socket._httpMessage?.headersSent === true
}

function problemOf(error: NodeJS.ErrnoException, maxHeaderBytes: number): ProblemError {
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    const detail = `The request line and the header fields may have ${maxHeaderBytes / 1024} KiB together.`
    return new ProblemError('headers-too-large', detail)
  }
  const [code, detail] = known[error.code ?? ''] ?? [
    'malformed-request',
    `What was sent is not HTTP/1.1 as Weir reads it: ${error.message}.`,
  ]
  return new ProblemError(code, detail)
}

const known: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['malformed-request', 'The extensions of a chunk are too long.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request-timeout', 'The request did not arrive in time.'],
}
