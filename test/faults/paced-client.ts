import { Agent } from 'undici'

/** What a client saw of a request, by its own clock. */
export interface Asked {
  readonly sentMs: number
  /** When the answer was there, or that there would be none. It arrived at the gateway between the two. */
  readonly answeredMs: number
  /** `lost`: the connection was refused or cut, so nobody may have recorded it. */
  readonly outcome: 'served' | 'failed' | 'lost'
}

export interface PacedClient {
  /** In the order of their answers. */
  readonly log: readonly Asked[]
  /** Resolves when every request has its answer. */
  stop(): Promise<void>
}

export interface PacedClientOptions {
  /** Asked for with each request: a gateway that starts again has another address. */
  readonly gateway: () => string
  readonly apiKey: string
  readonly everyMs: number
  /** The clock of the gateway's machine. */
  readonly clock?: () => number
}

/** Asks in even steps, however long answers take. Throws for an answer that is neither a success nor a failure. */
export function startClient({ gateway, apiKey, everyMs, clock = Date.now }: PacedClientOptions): PacedClient {
  const log: Asked[] = []
  const dispatcher = new Agent({ connections: 64 })
  const open = new Set<Promise<void>>()
  async function ask(): Promise<void> {
    const sentMs = clock()
    const outcome = await outcomeOf(dispatcher, gateway(), apiKey)
    log.push({ sentMs, answeredMs: clock(), outcome })
  }
  const timer = setInterval(() => {
    const asking = ask().finally(() => open.delete(asking))
    open.add(asking)
  }, everyMs)
  return {
    log,
    async stop() {
      clearInterval(timer)
      await Promise.all(open)
      await dispatcher.destroy()
    },
  }
}

async function outcomeOf(dispatcher: Agent, origin: string, apiKey: string): Promise<Asked['outcome']> {
  const headers = { 'x-api-key': apiKey }
  let status: number
  try {
    const answer = await dispatcher.request({ origin, path: '/things', method: 'GET', headers })
    await answer.body.dump()
    status = answer.statusCode
  } catch {
    // Refused, reset or cut: whichever it was, there is no answer.
    return 'lost'
  }
  if (status === 200) return 'served'
  if (status >= 500) return 'failed'
  throw new Error(`the gateway answered ${status}`)
}
