import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { closeFrame, createFrameTracker, pingFrame } from './websocket-frames.ts'

/** A frame with a payload of zeros, as RFC 6455 lays it out. */
function frame(opcode: number, length: number, masked: boolean): Buffer {
  const mask = masked ? 0x80 : 0
  const head =
    length < 126
      ? Buffer.from([0x80 | opcode, mask | length])
      : length < 65_536
        ? Buffer.from([0x80 | opcode, mask | 126, length >> 8, length & 255])
        : Buffer.concat([Buffer.from([0x80 | opcode, mask | 127]), lengthOf8(length)])
  return Buffer.concat([head, Buffer.alloc(masked ? 4 : 0), Buffer.alloc(length)])
}

function lengthOf8(length: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(length))
  return bytes
}

describe('following frames', () => {
  it('finds the last boundary of every chunk, however the bytes are cut', () => {
    const frames = fc.array(
      fc.record({
        opcode: fc.constantFrom(0, 1, 2, 9, 10),
        length: fc.oneof(
          fc.integer({ min: 0, max: 200 }),
          fc.constantFrom(125, 126, 127, 65_535, 65_536, 70_000),
        ),
        masked: fc.boolean(),
      }),
      { minLength: 1, maxLength: 6 },
    )
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1 }), (list, sizes) => {
        const parts = list.map(({ opcode, length, masked }) => frame(opcode, length, masked))
        const boundaries = new Set([0])
        parts.reduce((sum, part) => (boundaries.add(sum + part.length), sum + part.length), 0)
        const bytes = Buffer.concat(parts)
        const tracker = createFrameTracker()
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = Math.min(sizes[i % sizes.length]!, bytes.length - at)
          const found = tracker.push(bytes.subarray(at, at + size))
          const expected = [...boundaries].filter(b => b >= at && b <= at + size).at(-1)
          expect(found).toBe(expected === undefined ? -1 : expected - at)
          at += size
          expect(tracker.atBoundary).toBe(boundaries.has(at))
        }
        expect(tracker.closed).toBe(false)
      }),
    )
  })

  it('knows when a close frame has passed', () => {
    const tracker = createFrameTracker()
    tracker.push(frame(1, 5, true))
    expect(tracker.closed).toBe(false)
    tracker.push(frame(8, 2, true))
    expect(tracker.closed).toBe(true)
  })

  it('masks its own frames towards the upstream and not towards the client', () => {
    expect(closeFrame(1001, 'client')).toEqual(Buffer.from([0x88, 2, 0x03, 0xe9]))
    const towards = closeFrame(1001, 'upstream')
    expect([towards[0], towards[1]]).toEqual([0x88, 0x82])
    expect(((towards[6]! ^ towards[2]!) << 8) | (towards[7]! ^ towards[3]!)).toBe(1001)
    expect(pingFrame('client')).toEqual(Buffer.from([0x89, 0]))
    expect(pingFrame('upstream')).toHaveLength(6)
  })
})
