import { describe, expect, it, vi } from 'vitest'
import type { Batch } from '../../store/recording.ts'
import { createBatchWriter } from './batch-writer.ts'
import { type Recorder, createRecorder } from './recorder.ts'

const facts = {
  appId: 'app_1',
  endpoint: 'GetApp',
  platform: 'web',
  outcome: 'served',
  durationMs: 1,
} as const

function reportOf(fill: (recorder: Recorder) => void) {
  const recorder = createRecorder()
  fill(recorder)
  return recorder.take()!
}

function writer(apply: (batch: Batch) => Promise<unknown>) {
  const errors: unknown[] = []
  const dropped: number[] = []
  const batches = createBatchWriter({
    nodeId: 'node_1',
    clock: () => 5,
    apply,
    onError: error => errors.push(error),
    onDrop: rows => dropped.push(rows),
  })
  return { batches, errors, dropped }
}

describe('the batch writer', () => {
  it('numbers batches from 1 without gaps, and joins what came while it was writing', async () => {
    const taken: Batch[] = []
    const gate = Promise.withResolvers<void>()
    const { batches } = writer(async batch => {
      taken.push(batch)
      await gate.promise
    })
    for (let i = 0; i < 3; i++) batches.add(reportOf(r => r.user('app_1', `user-${i}`, 1)))
    gate.resolve()
    await batches.flush(1000)
    expect(taken.map(({ sequence, users }) => [sequence, users.length])).toEqual([
      [1, 1],
      [2, 2],
    ])
    expect(batches.waitingRows).toBe(0)
  })

  it('gives a batch again, with its number, until the store has taken it', async () => {
    vi.useFakeTimers()
    try {
      const sequences: number[] = []
      const { batches, errors } = writer(async ({ sequence }) => {
        sequences.push(sequence)
        if (sequences.length < 3) throw new Error('away')
      })
      batches.add(reportOf(r => r.request({ ...facts, arrivedMs: 1 })))
      const flushed = batches.flush(10_000)
      await vi.advanceTimersByTimeAsync(3000)
      await flushed
      expect(sequences).toEqual([1, 1, 1])
      expect(errors).toHaveLength(2)
    } finally {
      vi.useRealTimers()
    }
  })

  it('drops the newest when too much waits, counts it, and goes on with the oldest', async () => {
    const gate = Promise.withResolvers<void>()
    const taken: string[] = []
    const { batches, dropped } = writer(async batch => {
      await gate.promise
      for (const { user } of batch.users) taken.push(user)
    })
    const report = reportOf(r => {
      for (let i = 0; i < 300_000; i++) r.user('app_1', `user-${i}`, 1)
    })
    batches.add(report)
    batches.add(report)
    expect(dropped).toEqual([300_000])
    expect(batches.dropped).toBe(1)
    gate.resolve()
    await batches.flush(5000)
    expect(taken).toHaveLength(300_000)
  })

  it('says so when the store does not take everything in time', async () => {
    const { batches } = writer(() => new Promise(() => {}))
    batches.add(reportOf(r => r.closed('con_1', 1)))
    await expect(batches.flush(10)).rejects.toThrow('did not take 1 rows in 10 ms')
  })
})

describe('the recorder', () => {
  it('counts a request in the minute in which it arrived', () => {
    const { requests } = reportOf(r => {
      for (const arrivedMs of [59_999, 60_000, 60_001]) r.request({ ...facts, arrivedMs })
    })
    expect(requests.map(({ minuteMs, count }) => [minuteMs, count])).toEqual([
      [0, 1],
      [60_000, 2],
    ])
  })

  it('reports a user once, and again in another month or app', () => {
    const november = Date.UTC(2026, 10, 30, 23, 59, 59, 999)
    const { users } = reportOf(r => {
      for (let i = 0; i < 3; i++) r.user('app_1', 'ann', november)
      r.user('app_1', 'ann', november + 1)
      r.user('app_2', 'ann', november)
    })
    expect(users).toHaveLength(3)
  })

  it('counts requests of no known app apart, and every duration in one bucket', () => {
    const report = reportOf(r => {
      r.request({ ...facts, appId: undefined, outcome: 'refused', arrivedMs: 1, durationMs: 0.5 })
      r.request({ ...facts, arrivedMs: 1, durationMs: 1e9 })
    })
    expect(report.strangers).toEqual({ refused: 1 })
    expect(report.durations.at(0)).toBe(1)
    expect(report.durations.at(-1)).toBe(1)
    expect(report.durations.reduce((a, b) => a + b)).toBe(2)
  })

  it('has nothing to report when nothing happened', () => {
    expect(createRecorder().take()).toBeUndefined()
  })
})
