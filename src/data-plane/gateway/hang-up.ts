import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** How long a client that is told to go may take to read why and leave. */
const HANG_UP_MS = 2000

/** Connections that end: whatever still comes on one is not read as a request. */
const leaving = new WeakSet<Duplex>()

export function isLeaving(socket: Duplex): boolean {
  return leaving.has(socket)
}

/**
 * Ends a connection, with something to say last or not, so that the answer on it arrives: one destroyed at once,
 * with bytes unread, would be reset.
 */
export function hangUp(socket: Duplex, last?: string): void {
  leaving.add(socket)
  socket.end(last)
  socket.resume()
  const cut = setTimeout(() => socket.destroy(), HANG_UP_MS)
  socket.once('close', () => clearTimeout(cut))
}

/** Makes a response the last of its connection; nothing that came behind its request is looked at. */
export function hangUpAfter(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request
  leaving.add(socket)
  response.shouldKeepAlive = false
  // What the server calls behind its last response; its own way would reset a client that still sends.
  socket.destroySoon = () => hangUp(socket)
}
