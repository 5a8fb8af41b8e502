import { describe, expect, it } from 'vitest'
import { daysToJudge } from './days-to-judge.ts'

const HOUR_MS = 3_600_000
const at = (text: string) => Date.parse(text)
const finalMs = at('2026-03-10T08:00:00Z')
const firstMs = at('2026-03-07T15:00:00Z')
const facts = { finalMs, firstMs, judged: new Map<string, number>(), said: [], shown: 90 }
const judgedAt = (ms: number, ...days: string[]) => new Map(days.map(day => [day, ms]))

describe('the days to judge', () => {
  it('are those that nobody judged since the first beat, newest first, without the one that runs', () => {
    expect(daysToJudge(facts)).toEqual(['2026-03-09', '2026-03-08', '2026-03-07'])
    expect(daysToJudge({ ...facts, firstMs: undefined })).toEqual([])
  })

  it('wait for the day to be final', () => {
    const midnight = { ...facts, firstMs: at('2026-03-08T00:00:00Z') }
    expect(daysToJudge({ ...midnight, finalMs: at('2026-03-09T23:59:59.999Z') })).toEqual(['2026-03-08'])
    expect(daysToJudge({ ...midnight, finalMs: at('2026-03-10T00:00:00Z') })).toContain('2026-03-09')
  })

  it('are looked at again once a day for a week, because late records may come', () => {
    const days = Array.from({ length: 9 }, (_, back) => `2026-03-0${9 - back}`)
    const longAgo = { ...facts, firstMs: at('2026-01-01T00:00:00Z'), shown: 10 }
    const yesterday = judgedAt(at('2026-03-09T23:00:00Z'), ...days)
    expect(daysToJudge({ ...longAgo, judged: yesterday })).toEqual(days.slice(0, 7))
    expect(daysToJudge({ ...longAgo, judged: judgedAt(finalMs, ...days) })).toEqual([])
  })

  it('are those of which something was said since they were judged', () => {
    const judged = judgedAt(finalMs, '2026-03-07', '2026-03-08', '2026-03-09')
    const excluded = { startMs: at('2026-03-08T23:59:59Z'), endMs: at('2026-03-09T00:00:00Z') }
    const said = (atMs: number) => [{ ...excluded, atMs }]
    expect(daysToJudge({ ...facts, judged, said: said(finalMs + HOUR_MS) })).toEqual(['2026-03-08'])
    expect(daysToJudge({ ...facts, judged, said: said(finalMs) })).toEqual([])
  })

  it('go no further back than is shown', () => {
    expect(daysToJudge({ ...facts, firstMs: 0, shown: 3 })).toEqual(['2026-03-09', '2026-03-08'])
  })
})
