import { askHttp } from './ask-http.ts'
import { askWebSocket } from './ask-websocket.ts'
import { failureWords } from './failure-words.ts'
import type { Asked } from './target.ts'

/** What a good answer is. */
export interface Expected {
  /** 101: a WebSocket opens, and closes in good order. */
  readonly expectStatus: number
  readonly expectBody: string | null
  readonly withinMs: number
}

/** What was seen; `detail` says what was wrong. */
export interface Seen {
  readonly ok: boolean
  readonly ms: number
  readonly detail: string | undefined
}

/** Resolves to what is wrong with the answer, undefined if nothing is; rejects when there is none. */
export type Ask = (
  asked: Asked,
  expected: Expected,
  signal: AbortSignal,
  answered: (status: number) => void,
) => Promise<string | undefined>

/**
 * Sends a probe's request over a connection of its own, as a new client's first, and compares the answer. Rejects only
 * with the reason of `signal`, which ends it early.
 */
export async function ask(asked: Asked, expected: Expected, signal: AbortSignal): Promise<Seen> {
  const { withinMs, expectStatus } = expected
  const started = performance.now()
  const late = AbortSignal.timeout(withinMs)
  let status: number | undefined = undefined
  const seen = (detail: string | undefined): Seen => {
    const ms = Math.round(performance.now() - started)
    // The timer may come after the answer, on a machine that has much to do.
    const slow = ms > withinMs ? `took ${ms} ms, more than ${withinMs} ms` : undefined
    return { ok: (detail ?? slow) === undefined, ms, detail: detail ?? slow }
  }
  try {
    const send: Ask = expectStatus === 101 ? askWebSocket : askHttp
    return seen(await send(asked, expected, AbortSignal.any([signal, late]), answered => (status = answered)))
  } catch (error) {
    signal.throwIfAborted()
    if (!late.aborted) return seen(failureWords(error, asked.url.host))
    return seen(lateWords(status, withinMs))
  }
}

function lateWords(status: number | undefined, withinMs: number): string {
  if (status === undefined) return `no answer within ${withinMs} ms`
  if (status === 101) return `the WebSocket opened, and was not closed in turn within ${withinMs} ms`
  return `answered ${status}, and the body was not whole within ${withinMs} ms`
}
