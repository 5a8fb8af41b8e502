import type { Duplex } from 'node:stream'
import { closeFrame, createFrameTracker, pingFrame } from './websocket-frames.ts'

/** An open WebSocket between a client and the upstream: bytes pass both ways with backpressure. */
export interface Relay {
  /** Sends a close with `code` to both sides and ends the connection when they have answered, or soon after. */
  close(code: number): void
  /** Pings a side that has been silent for a whole interval, ends the connection if it still is after another. */
  checkSilence(): void
}

/** How long a close handshake may take before the connection is cut. */
const CLOSE_GRACE_MS = 2000

export function createRelay(client: Duplex, upstream: Duplex, onClosed: () => void): Relay {
  const toUpstream = createDirection(client, upstream, 'upstream')
  const toClient = createDirection(upstream, client, 'client')
  let open = 2
  let grace: NodeJS.Timeout | undefined

  function cut(): void {
    client.destroy()
    upstream.destroy()
  }
  function cutSoon(): void {
    grace ??= setTimeout(cut, CLOSE_GRACE_MS)
  }
  for (const side of [client, upstream]) {
    // A reset is one of the ways in which a socket ends: 'close' follows it and settles everything.
    side.on('error', cut)
    side.on('end', cutSoon)
    side.on('close', () => {
      cut()
      if (--open > 0) return
      clearTimeout(grace)
      onClosed()
    })
  }

  return {
    close(code) {
      toClient.close(code)
      toUpstream.close(code)
      cutSoon()
    },
    checkSilence() {
      // What a side sends shows that it lives; what is sent to it goes the other way.
      for (const [heard, answering] of [
        [toUpstream, toClient],
        [toClient, toUpstream],
      ] as const) {
        const silence = heard.silentChecks()
        if (silence > 2) cut()
        else if (silence === 2) answering.ping()
      }
    },
  }
}

interface Direction {
  /** Puts a ping between two of the stream's frames. */
  ping(): void
  /** Puts a close behind the frame that is under way; what the source still sends is read and dropped. */
  close(code: number): void
  /** Checks since the last byte came from the source, this one included. */
  silentChecks(): number
}

function createDirection(source: Duplex, sink: Duplex, towards: 'client' | 'upstream'): Direction {
  const frames = createFrameTracker()
  /** Frames of Weir's own that wait for the frame under way to end: at most a ping and a close. */
  const waiting: Buffer[] = []
  let closing = false
  let checks = 0

  source.on('data', (chunk: Buffer) => {
    checks = 0
    if (carry(chunk)) return
    source.pause()
    sink.once('drain', () => source.resume())
  })
  source.on('end', () => sink.end())

  /** False when the sink wants no more for now. */
  function carry(chunk: Buffer): boolean {
    const boundary = frames.push(chunk)
    if (closing && waiting.length === 0) return dropped()
    if (waiting.length === 0 || boundary < 0) return sink.write(chunk)
    let flowing = sink.write(chunk.subarray(0, boundary))
    if (!frames.closed) for (const frame of waiting) flowing = sink.write(frame)
    waiting.length = 0
    return closing ? dropped() : sink.write(chunk.subarray(boundary)) && flowing
  }

  function dropped(): true {
    // The source has answered the close, or said goodbye of its own: the handshake is whole.
    if (frames.closed) source.end()
    return true
  }

  function insert(frame: Buffer): void {
    if (frames.closed || sink.writableEnded || sink.destroyed) return
    if (frames.atBoundary) sink.write(frame)
    else waiting.splice(1, 1, frame)
  }

  return {
    ping() {
      if (!closing) insert(pingFrame(towards))
    },
    close(code) {
      if (closing) return
      closing = true
      insert(closeFrame(code, towards))
    },
    // A side that is not being read cannot be heard: its silence is ours.
    silentChecks: () => (source.isPaused() ? 0 : ++checks),
  }
}
