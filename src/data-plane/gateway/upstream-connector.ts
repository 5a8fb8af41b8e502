import type { Socket } from 'node:net'
import { buildConnector } from 'undici'

/**
 * Connects to an upstream so that what it said before it reset the connection is still read. An upstream may answer
 * early, a 413 for one, and close with the rest of the body unread, which resets the connection: the next write then
 * fails, and the stream would be destroyed with the answer waiting in the system's receive buffer.
 */
export function upstreamConnector(timeoutMs: number): buildConnector.connector {
  const connect = buildConnector({ timeout: timeoutMs })
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error) callback(error, null)
      else callback(null, readsBeforeItBreaks(socket))
    })
}

type Written = (error?: Error | null) => void

/* oxlint-disable no-underscore-dangle -- what Node's streams call for those who implement one */

/**
 * A write into a connection that was reset never ends, so nothing more is written; the read side, which gets all that
 * arrived and then the end or the same error, ends the socket.
 */
function readsBeforeItBreaks<S extends Socket>(socket: S): S {
  const write = socket._write.bind(socket)
  const writev = socket._writev?.bind(socket)
  const unlessReset =
    (written: Written): Written =>
    error => {
      if (!wasReset(error)) written(error)
    }
  socket._write = (chunk, encoding, written) => write(chunk, encoding, unlessReset(written))
  if (writev) socket._writev = (chunks, written) => writev(chunks, unlessReset(written))
  return socket
}
/* oxlint-enable no-underscore-dangle */

function wasReset(error: NodeJS.ErrnoException | null | undefined): boolean {
  return error?.code === 'EPIPE' || error?.code === 'ECONNRESET'
}
