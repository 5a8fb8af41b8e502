import { once } from 'node:events'
import { type TLSSocket, connect } from 'node:tls'

/** A client that writes exactly the frames of HTTP/2 that a test wants (RFC 9113, 4.1), and shows what comes back. */
export interface FrameClient {
  readonly socket: TLSSocket
  send(...frames: Buffer[]): void
  /** The next frame that `accept` likes; rejects if the connection ends before. */
  next(accept: (frame: Frame) => boolean): Promise<Frame>
  readonly closed: Promise<unknown>
}

export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

export const DATA = 0
export const HEADERS = 1
export const RST_STREAM = 3
export const SETTINGS = 4
export const PING = 6
export const GOAWAY = 7
export const CONTINUATION = 9
export const END_STREAM = 1
export const END_HEADERS = 4

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
const FRAME_HEADER = 9

/** Connects and says hello, unless told to say nothing. */
export async function connectFrames(url: string, ca: string, hello = true): Promise<FrameClient> {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', ca, ALPNProtocols: ['h2'] })
  await once(socket, 'secureConnect')
  let received = Buffer.alloc(0)
  let wake = () => {}
  const frames: Frame[] = []
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    while (received.length >= FRAME_HEADER && received.length >= FRAME_HEADER + received.readUIntBE(0, 3)) {
      const end = FRAME_HEADER + received.readUIntBE(0, 3)
      const [type, flags, stream] = [received[3]!, received[4]!, received.readUInt32BE(5)]
      frames.push({ type, flags, stream, payload: received.subarray(FRAME_HEADER, end) })
      received = received.subarray(end)
    }
    wake()
  })
  // A reset is one of the ways to be told off.
  socket.on('error', () => socket.destroy())
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
  void closed.then(() => wake())
  if (hello) socket.write(Buffer.concat([Buffer.from(PREFACE), frame(SETTINGS, 0, 0)]))

  return {
    socket,
    closed,
    send(...sent) {
      if (socket.writable) socket.write(Buffer.concat(sent))
    },
    async next(accept) {
      for (;;) {
        const at = frames.findIndex(accept)
        if (at >= 0) return frames.splice(0, at + 1).at(-1)!
        if (socket.closed) throw new Error('the connection ended')
        await new Promise<void>(resolve => (wake = resolve))
      }
    },
  }
}

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const header = Buffer.alloc(FRAME_HEADER)
  header.writeUIntBE(payload.length, 0, 3)
  header[3] = type
  header[4] = flags
  header.writeUInt32BE(stream, 5)
  return Buffer.concat([header, payload])
}

/** A block of fields, each a literal without an index (RFC 7541, 6.2.2). */
export function block(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]))
}

export function resetFrame(stream: number, code: number): Buffer {
  const payload = Buffer.alloc(4)
  payload.writeUInt32BE(code)
  return frame(RST_STREAM, 0, stream, payload)
}

/** The code of a RST_STREAM or GOAWAY frame. */
export function codeOf({ type, payload }: Frame): number {
  return payload.readUInt32BE(type === GOAWAY ? 4 : 0)
}

/** A length of up to 127 is one byte; a longer one goes on in groups of seven bits (RFC 7541, 5.1). */
function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1')
  const size: number[] = []
  let left = bytes.length
  if (left < 127) size.push(left)
  else {
    size.push(127)
    for (left -= 127; left >= 128; left >>= 7) size.push((left & 127) | 128)
    size.push(left)
  }
  return Buffer.concat([Buffer.from(size), bytes])
}
