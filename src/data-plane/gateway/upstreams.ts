import { Pool } from 'undici'
import { upstreamConnector } from './upstream-connector.ts'

/** One address behind the gateway. */
export interface Upstream {
  readonly url: string
  /** What stands before every path: `/v1` of `http://host/v1`, or empty. */
  readonly prefix: string
  readonly pool: Pool
}

/** The addresses of one API, used in turn. */
export interface Upstreams {
  readonly count: number
  /** The next address in turn that is not set aside and not in `tried`; if all are aside, the next one anyway. */
  next(tried: readonly Upstream[]): Upstream | undefined
  /** Tells how a request went; a failing address is set aside for a few seconds. */
  report(upstream: Upstream, result: 'answered' | 'unreachable' | 'broke'): void
  /** Lets running requests end and leaves. */
  retire(): Promise<void>
}

const ASIDE_MS = 5000
/** One reset may be one bad request; a row of them is the address. */
const BREAKS_IN_A_ROW = 5
/** Bodies may idle this long in either direction before the connection is given up. */
const BODY_IDLE_MS = 60_000

export function createUpstreams(
  urls: readonly string[],
  options: { readonly timeoutMs: number; readonly clock: () => number },
): Upstreams {
  const all = urls.map(url => upstreamAt(url, options.timeoutMs))
  const asideUntilMs = new Map<Upstream, number>()
  const breaks = new Map<Upstream, number>()
  let turn = 0

  function isAside(upstream: Upstream): boolean {
    return (asideUntilMs.get(upstream) ?? 0) > options.clock()
  }

  return {
    count: all.length,
    next(tried) {
      if (all.length === 1 && tried.length === 0) return all[0]
      const inTurn = all.map((_, i) => all[(turn + i) % all.length]!).filter(each => !tried.includes(each))
      turn = (turn + 1) % all.length
      return inTurn.find(each => !isAside(each)) ?? inTurn[0]
    },
    report(upstream, result) {
      if (result === 'answered') {
        if (breaks.size > 0) breaks.delete(upstream)
        return
      }
      const inARow = (breaks.get(upstream) ?? 0) + 1
      breaks.set(upstream, inARow)
      if (result === 'unreachable' || inARow >= BREAKS_IN_A_ROW) {
        asideUntilMs.set(upstream, options.clock() + ASIDE_MS)
      }
    },
    async retire() {
      await Promise.all(all.map(({ pool }) => pool.close()))
    },
  }
}

function upstreamAt(url: string, timeoutMs: number): Upstream {
  const { origin, pathname } = new URL(url)
  const pool = new Pool(origin, {
    connect: upstreamConnector(timeoutMs),
    // The gateway's own timer counts until the headers arrive, to the millisecond.
    headersTimeout: 0,
    bodyTimeout: BODY_IDLE_MS,
  })
  return { url, prefix: pathname.replace(/\/$/, ''), pool }
}
