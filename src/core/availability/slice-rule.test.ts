import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type SliceRule, downSeconds, judgeSlice } from './slice-rule.ts'

const rule: SliceRule = { sliceSeconds: 10, errorPercent: '5', minRequests: 10, minFailed: 1 }

describe('a slice', () => {
  it('is up at exactly the error percentage, and down above it', () => {
    expect(judgeSlice(rule, { valid: 100, failed: 5 })).toBe('up')
    expect(judgeSlice(rule, { valid: 100, failed: 6 })).toBe('down')
    expect(judgeSlice({ ...rule, errorPercent: '0.1' }, { valid: 1000, failed: 1 })).toBe('up')
    expect(judgeSlice({ ...rule, errorPercent: '0.1' }, { valid: 999, failed: 1 })).toBe('down')
  })

  it('cannot be judged alone with too few requests, even if all of them failed', () => {
    expect(judgeSlice(rule, { valid: 9, failed: 9 })).toBe('too-few')
    expect(judgeSlice(rule, { valid: 0, failed: 0 })).toBe('too-few')
    expect(judgeSlice(rule, { valid: 10, failed: 1 })).toBe('down')
  })

  it('is up with fewer failed than the least that count: noise is no outage', () => {
    const calm = { ...rule, minFailed: 5 }
    expect(judgeSlice(calm, { valid: 10, failed: 4 })).toBe('up')
    expect(judgeSlice(calm, { valid: 10, failed: 5 })).toBe('down')
  })

  it('never comes up again when one more of its requests fails', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1, max: 50 }),
        fc.constantFrom('0', '0.5', '5', '99.9', '100'),
        (valid, minFailed, errorPercent) => {
          const verdicts = Array.from({ length: valid + 1 }, (_, failed) =>
            judgeSlice({ ...rule, minFailed, errorPercent }, { valid, failed }),
          )
          const down = verdicts.indexOf('down')
          if (down >= 0) expect(verdicts.slice(down)).not.toContain('up')
        },
      ),
    )
  })

  it('is judged exactly, however large its numbers and fine its percentage are', () => {
    const count = fc.oneof(fc.nat({ max: 3000 }), fc.maxSafeInteger().map(Math.abs))
    const share = fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 10 ** 8 }))
    fc.assert(
      fc.property(count, share, fc.nat({ max: 1 }), (valid, parts, more) => {
        // At the border, and one beyond it.
        const failed = Math.min(valid, Math.floor((valid * parts) / 10 ** 8) + more)
        const errorPercent = `${Math.floor(parts / 10 ** 6)}.${String(parts % 10 ** 6).padStart(6, '0')}`
        const verdict = judgeSlice({ ...rule, minRequests: 0, errorPercent }, { valid, failed })
        const isDown = failed > 0 && BigInt(failed) * 10n ** 8n > BigInt(valid) * BigInt(parts)
        expect(verdict).toBe(isDown ? 'down' : 'up')
      }),
    )
  })

  it('adds its whole length to the time down', () => {
    const slices = [
      { valid: 100, failed: 6 },
      { valid: 9, failed: 9 },
      { valid: 10, failed: 10 },
    ]
    expect(downSeconds({ ...rule, sliceSeconds: 15 }, slices)).toBe(30)
  })
})
