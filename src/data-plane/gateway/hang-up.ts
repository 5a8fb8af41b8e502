import type { Duplex } from 'node:stream'

/** How long a client that is told to go may take to read why and leave. */
const HANG_UP_MS = 2000

/**
 * Ends a connection, with something to say last or not, so that the answer on it arrives: one destroyed at once,
 * with bytes unread, would be reset.
 */
export function hangUp(socket: Duplex, last?: string): void {
  socket.end(last)
  socket.resume()
  const cut = setTimeout(() => socket.destroy(), HANG_UP_MS)
  socket.once('close', () => clearTimeout(cut))
}
