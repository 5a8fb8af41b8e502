import { describe, expect, it } from 'vitest'
import { type WebSocketLike, followSocket } from './socket.ts'

/** Node 22's own WebSocket, which does not run here, says `error` and nothing more when a handshake fails. */
class SilentSocket extends EventTarget implements WebSocketLike {
  binaryType = 'blob'
  closes = 0

  send(): void {
    throw new Error('nothing is sent in these tests')
  }

  close(): void {
    this.closes += 1
  }
}

const heard = { opened() {}, message() {} }
const never = new AbortController().signal

describe('a socket comes to its end', () => {
  it('when the handshake fails and no close follows', async () => {
    const socket = new SilentSocket()
    const end = followSocket(socket, { stop: never, openWithinMs: 10_000 }, heard)
    socket.dispatchEvent(new Event('error'))
    expect(await end).toMatchObject({ opened: false, openForMs: 0, code: 1006 })
  })

  it('when the server never answers the close', async () => {
    const socket = new SilentSocket()
    const stopping = new AbortController()
    const end = followSocket(socket, { stop: stopping.signal, openWithinMs: 10_000 }, heard)
    socket.dispatchEvent(new Event('open'))
    stopping.abort()
    expect(await end).toMatchObject({ opened: true, code: 1006 })
    expect(socket.closes).toBe(1)
  })
})
