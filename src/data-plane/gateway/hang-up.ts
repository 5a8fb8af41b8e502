import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ClientRequest, ClientResponse } from './client-message.ts'

/** How long a client that is told to go may take to read why and leave. */
export const HANG_UP_MS = 2000

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
export function hangUpAfter(request: ClientRequest, response: ClientResponse): void {
  const { socket } = request
  response.shouldKeepAlive = false
  // Streams of one connection end apart: HTTP/2 frames each of them for itself.
  if (!(socket instanceof Socket)) return
  leaving.add(socket)
  // What the server calls behind its last response; its own way would reset a client that still sends.
  socket.destroySoon = () => hangUp(socket)
}
