import { type CallSpan, type Quota, firstQuota, learn, losesTrack, turn } from './quota.ts'
import type { PolicyState } from './rate-limit-fields.ts'

/** The calls of one endpoint, which are counted together. Keeps no time: whoever calls says when it is. */
export interface Lane {
  /** When the next call may be sent: `nowMs` for at once, Infinity if only an answer can tell. */
  opensAtMs(nowMs: number): number
  /** The policies of which, by an answer, nothing is left; those of which an answer has yet to tell are none. */
  exhausted(): readonly Quota[]
  /** Takes one from every quota. */
  sent(): void
  answered(policies: readonly PolicyState[], span: CallSpan): void
  /** The call came to no answer. */
  failed(): void
  /** True when nothing here is worth keeping. */
  isIdle(nowMs: number): boolean
}

export function createLane(): Lane {
  const quotas = new Map<string, Quota>()
  let inFlight = 0
  /** Does this endpoint tell its limits? Before the first answer nobody knows, so one call goes ahead. */
  let tells: 'unknown' | 'yes' | 'no' = 'unknown'

  function failed(): void {
    inFlight -= 1
    for (const quota of quotas.values()) losesTrack(quota)
  }
  const empty = () => [...quotas.values()].filter(({ left }) => left < 1)

  return {
    opensAtMs(nowMs) {
      if (tells === 'unknown') return inFlight === 0 ? nowMs : Infinity
      for (const quota of quotas.values()) turn(quota, nowMs, inFlight)
      return Math.max(nowMs, ...empty().map(({ untilMs }) => untilMs))
    },
    exhausted: () => empty().filter(({ lowest }) => lowest < Infinity),
    sent() {
      inFlight += 1
      for (const quota of quotas.values()) quota.left -= 1
    },
    answered(policies, span) {
      const timed = policies.filter(({ resetSeconds }) => resetSeconds !== undefined)
      if (timed.length === 0) {
        failed()
        if (tells === 'unknown') tells = 'no'
        return
      }
      tells = 'yes'
      inFlight -= 1
      for (const name of quotas.keys()) if (!timed.some(state => state.name === name)) quotas.delete(name)
      for (const state of timed) {
        const quota = quotas.get(state.name)
        if (quota) learn(quota, state, span, inFlight)
        else quotas.set(state.name, firstQuota(state, span, inFlight))
      }
    },
    failed,
    isIdle: nowMs => inFlight === 0 && [...quotas.values()].every(({ untilMs }) => untilMs <= nowMs),
  }
}
