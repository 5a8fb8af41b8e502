import { type Quota, firstQuota, learn, loseCall, opensAtMs } from './quota.ts'
import type { PolicyState } from './rate-limit-fields.ts'

/** The calls of one endpoint, which are counted together. Keeps no time: whoever calls says when it is. */
export interface Lane {
  /** When the next call may be sent: `nowMs` for at once, Infinity if only an answer can tell. */
  opensAtMs(nowMs: number): number
  /** The policies of which, by an answer, nothing is left; those of which an answer has yet to tell are none. */
  exhausted(): readonly Quota[]
  /** Takes one from every quota. */
  sent(nowMs: number): SentCall
  /** True when nothing here is worth keeping. */
  isIdle(nowMs: number): boolean
}

/** Exactly one of these has to be called in the end. */
export interface SentCall {
  answered(policies: readonly PolicyState[], nowMs: number): void
  /** It came to no answer. */
  failed(nowMs: number): void
}

export function createLane(): Lane {
  const quotas = new Map<string, Quota>()
  let sent = 0
  let settled = 0
  /** Does this endpoint tell its limits? Before the first answer nobody knows, so one call goes ahead. */
  let tells: 'unknown' | 'yes' | 'no' = 'unknown'

  const inFlight = () => sent - settled
  const empty = () => [...quotas.values()].filter(({ left }) => left < 1)

  function learnAll(
    policies: readonly PolicyState[],
    sentMs: number,
    receivedMs: number,
    before: number,
  ): void {
    for (const name of quotas.keys()) if (!policies.some(state => state.name === name)) quotas.delete(name)
    // Only what was settled before this call was sent is sure to have been decided before it.
    const call = { sentMs, receivedMs, maybeLater: sent - before - 1 }
    for (const state of policies) {
      const quota = quotas.get(state.name)
      if (quota) learn(quota, state, call, inFlight())
      else quotas.set(state.name, firstQuota(state, call))
    }
  }

  function send(sentMs: number): SentCall {
    const before = settled
    sent += 1
    for (const quota of quotas.values()) quota.left -= 1
    const failed = (nowMs: number) => {
      settled += 1
      for (const quota of quotas.values()) loseCall(quota, nowMs)
    }
    return {
      failed,
      answered(policies, nowMs) {
        const timed = policies.filter(({ resetSeconds }) => resetSeconds !== undefined)
        if (timed.length === 0) {
          failed(nowMs)
          if (tells === 'unknown') tells = 'no'
          return
        }
        tells = 'yes'
        settled += 1
        learnAll(timed, sentMs, nowMs, before)
      },
    }
  }

  return {
    opensAtMs(nowMs) {
      if (tells === 'unknown') return inFlight() === 0 ? nowMs : Infinity
      return Math.max(nowMs, ...[...quotas.values()].map(quota => opensAtMs(quota, nowMs, inFlight())))
    },
    exhausted: () => empty().filter(({ told }) => told),
    sent: send,
    isIdle: nowMs => inFlight() === 0 && [...quotas.values()].every(({ untilMs }) => untilMs <= nowMs),
  }
}
