import type { Socket } from 'node:net'

/** Finds the sides that take nothing of what is sent to them, and cuts them: a slow reader holds memory. */
export interface StallWatch {
  watch(socket: Socket): void
  stop(): void
}

interface Watched {
  /** Bytes the system had taken at the last look. */
  taken: number
  looks: number
}

/** A stall is found after this many looks without movement, so at most a quarter later than it is due. */
const LOOKS = 4

/**
 * Movement is a write that ended, and one write may hold what the streams buffer, some 64 KiB: whoever takes
 * less than that in `stallMs` counts as standing still. Calls `onStall` for each side that is cut.
 */
export function createStallWatch(stallMs: number, onStall: () => void): StallWatch {
  const sockets = new Map<Socket, Watched>()

  // One timer for all: ten thousand sockets need no ten thousand timers.
  const timer = setInterval(() => {
    for (const [socket, seen] of sockets) look(socket, seen)
  }, stallMs / LOOKS)
  timer.unref()

  function look(socket: Socket, seen: Watched): void {
    const waiting = socket.writableLength
    const taken = socket.bytesWritten - waiting
    seen.looks = waiting === 0 || taken !== seen.taken ? 0 : seen.looks + 1
    seen.taken = taken
    if (seen.looks < LOOKS) return
    sockets.delete(socket)
    onStall()
    socket.destroy()
  }

  return {
    watch(socket) {
      sockets.set(socket, { taken: 0, looks: 0 })
      socket.once('close', () => sockets.delete(socket))
    },
    stop: () => clearInterval(timer),
  }
}
