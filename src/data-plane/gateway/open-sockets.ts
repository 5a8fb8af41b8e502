import { randomUUID } from 'node:crypto'
import type { Recorder } from '../recording/recorder.ts'
import type { Exchange } from './exchange.ts'
import type { Relay } from './websocket-relay.ts'

/** The WebSockets of one thread: each is recorded when it opens and when it closes, and pinged when silent. */
export interface OpenSockets {
  readonly count: number
  opened(exchange: Exchange, relay: Relay): () => void
  /** Closes those of an app that may no longer be served. */
  closeApp(appId: string, code: number): void
  /** Closes all; resolves when the last has ended. */
  closeAll(code: number): Promise<void>
  stop(): void
}

interface OpenSocket {
  readonly id: string
  readonly appId: string
  readonly relay: Relay
}

export function createOpenSockets(options: {
  readonly recorder: Recorder
  readonly clock: () => number
  readonly pingIntervalMs: number
}): OpenSockets {
  const { recorder, clock } = options
  const open = new Set<OpenSocket>()
  let allClosed: (() => void) | undefined

  // One timer for all: ten thousand sockets need no ten thousand timers.
  const timer = setInterval(() => {
    for (const { relay } of open) relay.checkSilence()
  }, options.pingIntervalMs)
  timer.unref()

  return {
    get count() {
      return open.size
    },
    opened(exchange, relay) {
      const { app, platform, endpoint } = exchange
      const user = exchange.serverToken ? undefined : exchange.user
      const atMs = clock()
      const socket = { id: `con_${randomUUID()}`, appId: app!.id, relay }
      open.add(socket)
      const closed = recorder.opened({
        id: socket.id,
        appId: app!.id,
        user,
        platform: platform!,
        endpoint: endpoint!,
        atMs,
      })
      if (user !== undefined) recorder.user(app!.id, user, atMs)
      return () => {
        if (!open.delete(socket)) return
        closed(clock())
        if (open.size === 0) allClosed?.()
      }
    },
    closeApp(appId, code) {
      for (const socket of open) if (socket.appId === appId) socket.relay.close(code)
    },
    async closeAll(code) {
      if (open.size === 0) return
      const closed = new Promise<void>(resolve => (allClosed = resolve))
      for (const { relay } of open) relay.close(code)
      await closed
    },
    stop: () => clearInterval(timer),
  }
}
