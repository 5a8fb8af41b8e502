import { randomBytes } from 'node:crypto'

/**
 * Follows the frames of one direction of a WebSocket (RFC 6455, 5.2) by their headers alone, so that bytes pass
 * through untouched, whatever the subprotocol or extension, and Weir can still put a ping or a close of its
 * own between two frames.
 */
export interface FrameTracker {
  /** Takes the next bytes; returns how many of them lie before the last frame boundary within, -1 if none does. */
  push(chunk: Buffer): number
  /** True when no frame is under way. */
  readonly atBoundary: boolean
  /** True once a close frame has passed: nothing of Weir's may follow it. */
  readonly closed: boolean
}

const CLOSE = 0x8
const PING = 0x9
const LONGEST_HEADER = 14

export function createFrameTracker(): FrameTracker {
  const header = Buffer.alloc(LONGEST_HEADER)
  let headerHas = 0
  let payloadLeft = 0
  let closed = false

  function takeHeader(chunk: Buffer, from: number): number {
    let at = from
    while (at < chunk.length) {
      header[headerHas++] = chunk[at++]!
      if (headerHas < 2 || headerHas < headerLength(header)) continue
      payloadLeft = payloadLength(header)
      if ((header[0]! & 0x0f) === CLOSE) closed = true
      headerHas = 0
      break
    }
    return at
  }

  return {
    get atBoundary() {
      return headerHas === 0 && payloadLeft === 0
    },
    get closed() {
      return closed
    },
    push(chunk) {
      let at = 0
      let boundary = headerHas === 0 && payloadLeft === 0 ? 0 : -1
      while (at < chunk.length) {
        if (payloadLeft > 0) {
          const taken = Math.min(payloadLeft, chunk.length - at)
          payloadLeft -= taken
          at += taken
        } else {
          at = takeHeader(chunk, at)
        }
        if (headerHas === 0 && payloadLeft === 0) boundary = at
      }
      return boundary
    },
  }
}

/** An empty ping. Frames towards a server must be masked, also when there is nothing to mask. */
export function pingFrame(towards: 'client' | 'upstream'): Buffer {
  return controlFrame(PING, Buffer.alloc(0), towards)
}

/** A close with its code (RFC 6455, 7.4.1). */
export function closeFrame(code: number, towards: 'client' | 'upstream'): Buffer {
  const payload = Buffer.alloc(2)
  payload.writeUInt16BE(code)
  return controlFrame(CLOSE, payload, towards)
}

function controlFrame(opcode: number, payload: Buffer, towards: 'client' | 'upstream'): Buffer {
  if (towards === 'client') return Buffer.concat([Buffer.from([0x80 | opcode, payload.length]), payload])
  const mask = randomBytes(4)
  const masked = payload.map((byte, i) => byte ^ mask[i % 4]!)
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length]), mask, masked])
}

function headerLength(header: Buffer): number {
  const length = header[1]! & 0x7f
  return 2 + (length === 126 ? 2 : length === 127 ? 8 : 0) + (header[1]! & 0x80 ? 4 : 0)
}

function payloadLength(header: Buffer): number {
  const length = header[1]! & 0x7f
  if (length === 126) return header.readUInt16BE(2)
  // Past 2^53 a number is no longer exact, but no such frame ever ends either.
  return length === 127 ? Number(header.readBigUInt64BE(2)) : length
}
