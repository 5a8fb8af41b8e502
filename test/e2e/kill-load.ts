import { Agent } from 'undici'
import { expect } from 'vitest'
import type { WebSocket } from 'ws'
import { signToken } from './harness.ts'
import { closeCode, openSocket } from './sockets.ts'

export const CLIENTS = 8

/** An app, as it is answered when it is made. */
export interface LoadedApp {
  readonly id: string
  readonly apiKey: string
  readonly secret: string
}

/** What clients saw, by the clock of this process. */
export interface Seen {
  /** When each answer was whole. */
  readonly answeredAtMs: number[]
  /** When each user first had an answer, or its WebSocket opened. */
  readonly usersAtMs: Map<string, number>
  /** WebSockets that were open together. */
  readonly sockets: number
  /** When the gateway was killed; Infinity: it was not. */
  killedAtMs: number
}

export interface Load {
  readonly seen: Seen
  /** Rejects if a request fails though nobody was killed. */
  readonly failed: Promise<never>
  /** What is on its way is answered; then no client asks any more, and the sockets are closed. */
  stop(): Promise<Seen>
  /** Kills the gateway under the load. */
  kill(gateway: () => Promise<unknown>): Promise<Seen>
}

/** Opens WebSockets, then clients ask, each waiting for its answer, with a new user every few requests. */
export async function startLoad(gateway: string, app: LoadedApp, sockets: number): Promise<Load> {
  const dispatcher = new Agent({ connections: CLIENTS })
  const seen: Seen = { answeredAtMs: [], usersAtMs: new Map(), sockets, killedAtMs: Infinity }
  const asking = { on: true }
  const token = (claims: Record<string, unknown>) => signToken(claims, app.secret)
  const saw = (user: string) => {
    if (!seen.usersAtMs.has(user)) seen.usersAtMs.set(user, performance.now())
  }
  const open: WebSocket[] = []
  for (let i = 0; i < sockets; i++) {
    const user = `user-${i}-0`
    const named = { weir: { gatewayUrl: gateway } }
    open.push(await openSocket(named, { apiKey: app.apiKey, token }, { claims: { user_id: user } }))
    saw(user)
  }
  const client = async (number: number): Promise<void> => {
    for (let i = 0; asking.on; i++) {
      const user = `user-${number}-${i >> 3}`
      const headers = { 'x-api-key': app.apiKey, authorization: await token({ user_id: user }) }
      try {
        const answer = await dispatcher.request({ origin: gateway, path: '/app', method: 'GET', headers })
        await answer.body.dump()
        expect(answer.statusCode).toBe(200)
      } catch (error) {
        // The kill is the only thing that may end a request.
        if (seen.killedAtMs === Infinity) throw error
        return
      }
      seen.answeredAtMs.push(performance.now())
      saw(user)
    }
  }
  const clients = Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)))
  const failed = Promise.withResolvers<never>()
  clients.catch(failed.reject)
  // Whoever does not wait for it hears of the same error from the clients.
  failed.promise.catch(() => undefined)
  const end = async () => {
    await clients
    await dispatcher.destroy()
    return seen
  }
  return {
    seen,
    failed: failed.promise,
    async stop() {
      asking.on = false
      const closed = open.map(closeCode)
      for (const socket of open) socket.close()
      await Promise.all(closed)
      return end()
    },
    async kill(kill) {
      seen.killedAtMs = performance.now()
      await kill()
      return end()
    },
  }
}
