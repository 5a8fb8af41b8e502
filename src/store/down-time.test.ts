import fc from 'fast-check'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Span, intersection, subtraction, union } from '../core/time/span.ts'
import { downTimeWithin, forgetDownTime, replaceDownTime } from './down-time.ts'
import { openStore } from './open-store.ts'

const span = fc.tuple(fc.nat(100), fc.integer({ min: 1, max: 30 })).map(([startMs, length]): Span => {
  return { startMs, endMs: startMs + length }
})
const looks = fc.array(
  fc.record({ span, found: fc.dictionary(fc.constantFrom('a', 'b'), fc.array(span, { maxLength: 3 })) }),
  { minLength: 1, maxLength: 8 },
)
const everything = { startMs: 0, endMs: 1000 }

test('however often spans are judged again, each subject was down as the last look at each instant says', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'weir-down-time-'))
  const store = await openStore({ file: join(directory, 'weir.db') })
  const { db } = store
  await fc.assert(
    fc.asyncProperty(looks, async all => {
      await forgetDownTime(db, 'organizations', Number.MAX_SAFE_INTEGER)
      const model = new Map<string, Span[]>()
      for (const look of all) {
        const found = new Map(Object.entries(look.found))
        await db.transaction().execute(trx => replaceDownTime(trx, 'organizations', look.span, found))
        for (const subject of ['a', 'b']) {
          const outside = subtraction(model.get(subject) ?? [], [look.span])
          model.set(subject, union([...outside, ...intersection(found.get(subject) ?? [], [look.span])]))
        }
      }
      const kept = await downTimeWithin(db, 'organizations', everything)
      expect(kept).toEqual(new Map([...model].filter(([, spans]) => spans.length > 0)))
      expect(await downTimeWithin(db, 'components', everything)).toEqual(new Map())
    }),
    { numRuns: 60 },
  )
  await store.close()
  rmSync(directory, { recursive: true })
})
