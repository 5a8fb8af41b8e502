import { expect, it } from 'vitest'
import { createClockOffset } from './store-clock-offset.ts'

/** A store whose clock is `aheadMs` ahead, and which takes `tripMs` there and as long back. */
function world() {
  const state = { nowMs: 1_000_000, aheadMs: 0, tripMs: [4] as number[], away: false }
  let readings = 0
  const offset = createClockOffset(
    async () => {
      if (state.away) throw new Error('away')
      const trip = state.tripMs[readings++ % state.tripMs.length]!
      const storeMs = state.nowMs + trip / 2 + state.aheadMs
      state.nowMs += trip
      return storeMs
    },
    () => state.nowMs,
  )
  return { state, offset }
}

it('the first measurement is the offset, as wrong as half the quickest trip', async () => {
  const { state, offset } = world()
  state.aheadMs = 5000
  state.tripMs = [40, 6, 200, 90, 12]
  await offset.measure()
  expect(offset.offsetMs).toBe(5000)
  expect(offset.errorMs).toBe(4)
})

it('a store without a clock of its own has no offset', async () => {
  const offset = createClockOffset(
    async () => undefined,
    () => 1,
  )
  await offset.measure()
  expect([offset.offsetMs, offset.errorMs]).toEqual([0, 0])
})

it('what a trip can explain is followed by a quarter, a clock that was put right at once', async () => {
  const { state, offset } = world()
  state.tripMs = [40]
  await offset.measure()
  state.aheadMs = 16
  await offset.measure()
  expect(offset.offsetMs).toBe(4)
  state.aheadMs = 60_000
  await offset.measure()
  expect(offset.offsetMs).toBe(60_000)
})

it('while the store is away what was measured last holds on', async () => {
  const { state, offset } = world()
  state.aheadMs = 700
  await offset.measure()
  state.away = true
  await expect(offset.measure()).rejects.toThrow('away')
  expect(offset.offsetMs).toBe(700)
})
