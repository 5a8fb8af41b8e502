import type { Span } from '../../src/core/time/span.ts'
import type { Asked } from './paced-client.ts'

/** Of these contracts (`contract.ts`). */
export const SLICE_MS = 1000
export const MIN_REQUESTS = 5
/** More than this share of a slice's requests makes it down: five per cent. */
const ONE_IN = 20

/** What a slice has to be by what the client saw; `either`: an arrival lies somewhere between two instants. */
export type Made = 'down' | 'up' | 'either'

/**
 * The slices of the time in which a client asked, by their start. A request counts where it arrived, which was between
 * its sending and its answer: those that touch two slices may count in either.
 */
export function madeSlices(log: readonly Asked[], sliceMs = SLICE_MS): ReadonlyMap<number, Made> {
  const sliceOf = (atMs: number) => Math.floor(atMs / sliceMs) * sliceMs
  const first = Math.min(...log.map(({ sentMs }) => sliceOf(sentMs)))
  const last = Math.max(...log.map(({ answeredMs }) => sliceOf(answeredMs)))
  const slices = new Map<number, Counts>()
  for (let slice = first; slice <= last; slice += sliceMs) slices.set(slice, noCounts())
  for (const { sentMs, answeredMs, outcome } of log) {
    const [from, to] = [sliceOf(sentMs), sliceOf(answeredMs)]
    for (let slice = from; slice <= to; slice += sliceMs) {
      const counts = slices.get(slice)!
      const sure = from === to && outcome !== 'lost'
      if (outcome !== 'failed') counts[sure ? 'served' : 'maybeServed']++
      if (outcome !== 'served') counts[sure ? 'failed' : 'maybeFailed']++
    }
  }
  return new Map([...slices].map(([slice, counts]) => [slice, made(counts)]))
}

interface Counts {
  served: number
  failed: number
  maybeServed: number
  maybeFailed: number
}

const noCounts = (): Counts => ({ served: 0, failed: 0, maybeServed: 0, maybeFailed: 0 })

function made({ served, failed, maybeServed, maybeFailed }: Counts): Made {
  // With fewer, its neighbours decide with it.
  if (served + failed < MIN_REQUESTS) return 'either'
  if (failed * ONE_IN > failed + served + maybeServed) return 'down'
  const most = failed + maybeFailed
  return most * ONE_IN > most + served ? 'either' : 'up'
}

/** Slices of one kind. */
export function countOf(log: readonly Asked[], kind: Made): number {
  return log.length === 0 ? 0 : [...madeSlices(log).values()].filter(each => each === kind).length
}

/** Each slice that is not as it was made, as `told` and the client have it. */
export function differences(log: readonly Asked[], told: readonly Span[]): string[] {
  return [...madeSlices(log)].flatMap(([slice, kind]) => {
    const isDown = told.some(({ startMs, endMs }) => startMs <= slice && slice < endMs)
    const fits = kind === 'either' || (kind === 'down') === isDown
    return fits ? [] : [`${new Date(slice).toISOString()} was ${kind}, told ${isDown ? 'down' : 'up'}`]
  })
}

/** Down time that is told outside of the time in which the client asked. */
export function outside(log: readonly Asked[], told: readonly Span[]): Span[] {
  const slices = [...madeSlices(log).keys()]
  const [first, last] = [slices[0]!, slices.at(-1)!]
  return told.filter(({ startMs, endMs }) => startMs < first || endMs > last + SLICE_MS)
}
