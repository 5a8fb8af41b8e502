import { describe, expect, it } from 'vitest'
import { type BoardOptions, startBoard } from './status-board.ts'
import type { StatusFacts } from './status-facts.ts'

const factsOf = (asOfMs: number): StatusFacts => ({
  asOfMs,
  name: 'Chat',
  description: undefined,
  state: 'operational',
  components: [],
  incidents: [],
  merged: new Map(),
  maintenance: [],
  judgedToMs: asOfMs,
})

/** A board on a store that answers, fails or hangs as it is told, and a clock that stands still. */
function boardOn(more: Partial<BoardOptions<StatusFacts>> = {}) {
  const store = { reads: 0, isSteady: [] as boolean[], answer: (): Promise<unknown> => Promise.resolve() }
  const time = { nowMs: 1_000_000 }
  const warnings: string[] = []
  const board = startBoard({
    async read({ nowMs, isSteady }) {
      store.reads++
      store.isSteady.push(isSteady)
      await store.answer()
      return factsOf(nowMs)
    },
    clock: () => time.nowMs,
    realClock: () => time.nowMs,
    log: { warn: (_facts: object, message?: string) => void warnings.push(message ?? '') },
    patienceMs: 20,
    ...more,
  })
  const shown = async () => {
    const current = await board.current()
    return current && { asOfMs: current.facts.asOfMs, isStale: current.isStale }
  }
  return { store, time, warnings, board, shown }
}

const gone = () => Promise.reject(new Error('connect ECONNREFUSED'))

describe('what the status page shows', () => {
  it('is read once for all who ask at once, and once in fifteen seconds', async () => {
    const { store, time, board, shown } = boardOn()
    await Promise.all(Array.from({ length: 1000 }, () => board.current()))
    expect(store.reads).toBe(1)
    time.nowMs += 14_999
    await Promise.all(Array.from({ length: 1000 }, () => board.current()))
    expect(store.reads).toBe(1)
    time.nowMs += 1
    expect(await shown()).toEqual({ asOfMs: 1_015_000, isStale: false })
    expect(store.reads).toBe(2)
    await board.stop()
  })

  it('stays when the store is gone, and says so; the store is asked again every five seconds', async () => {
    const { store, time, warnings, board, shown } = boardOn()
    await shown()
    store.answer = gone
    time.nowMs += 15_000
    for (let second = 0; second < 10; second++) {
      expect(await shown()).toEqual({ asOfMs: 1_000_000, isStale: true })
      time.nowMs += 1000
    }
    expect(store.reads).toBe(3)
    expect(warnings).toHaveLength(1)
    store.answer = () => Promise.resolve()
    time.nowMs += 5000
    expect(await shown()).toEqual({ asOfMs: time.nowMs, isStale: false })
    await board.stop()
  })

  it('does not wait for a store that hangs, and has another try after half a minute', async () => {
    const { store, time, board, shown } = boardOn()
    await shown()
    store.answer = () => new Promise(() => undefined)
    time.nowMs += 20_000
    expect(await shown()).toEqual({ asOfMs: 1_000_000, isStale: false })
    time.nowMs += 29_999
    expect(await shown()).toEqual({ asOfMs: 1_000_000, isStale: false })
    expect(store.reads).toBe(2)
    store.answer = gone
    time.nowMs += 11_000
    expect(await shown()).toEqual({ asOfMs: 1_000_000, isStale: true })
    expect(store.reads).toBe(3)
    await board.stop()
  })

  it('is nothing as long as nothing could be read', async () => {
    const { store, board, shown } = boardOn()
    store.answer = gone
    expect(await shown()).toBeUndefined()
    await board.stop()
  })

  it('takes silence for an outage only when the store was there for a minute', async () => {
    const { store, time, board, shown } = boardOn()
    await shown()
    time.nowMs += 60_000
    await shown()
    store.answer = gone
    time.nowMs += 15_000
    await shown()
    store.answer = () => Promise.resolve()
    time.nowMs += 15_000
    await shown()
    expect(store.isSteady).toEqual([false, true, true, false])
    await board.stop()
  })
})
