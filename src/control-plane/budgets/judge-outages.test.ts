import fc from 'fast-check'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { emptyBatch } from '../../store/batch.ts'
import { type Store, openStore } from '../../store/open-store.ts'
import { applyBatch } from '../../store/recording.ts'
import { createAgreements } from '../invoicing/agreement.ts'
import { addHolder, loadChat } from '../invoicing/test-customers.ts'
import { judgeOrganization, judgeOutages } from './judge-outages.ts'

const names = ['acme', 'best', 'calm']
const firstMs = Date.UTC(2026, 10, 10)
const MINUTE = 60_000
const SLICES = 120

const directory = mkdtempSync(join(tmpdir(), 'weir-outages-'))
let store: Store
beforeAll(async () => {
  store = await openStore({ file: join(directory, 'weir.db') })
  await loadChat(store.db)
  for (const name of names) {
    await addHolder(store.db, name, '2026-11-01', { plan: 'enterprise', supportPlan: 'enterprise' })
  }
})
afterAll(async () => {
  await store.close()
  rmSync(directory, { recursive: true })
})

const slice = fc.record({
  app: fc.nat(2),
  at: fc.nat(SLICES - 1),
  valid: fc.integer({ min: 0, max: 30 }),
  failed: fc.integer({ min: 0, max: 30 }),
})
const stretch = fc.record({
  slices: fc.array(slice, { maxLength: 60 }),
  /** Slices in which no node beat. */
  silent: fc.option(fc.record({ from: fc.nat(100), length: fc.nat(20) })),
  /** Whose records were lost; 3: of any app. */
  lost: fc.option(fc.record({ app: fc.nat(3), from: fc.nat(100), length: fc.nat(5) })),
  /** Many requests of a customer that is well: then all apps together say up where one alone is down. */
  crowd: fc.boolean(),
  finalBefore: fc.nat(SLICES),
})

type Stretch = typeof stretch extends fc.Arbitrary<infer Value> ? Value : never

let runs = 0
/** A stretch of its own for each run, more than the five minutes apart that slices look back. */
async function record({ slices, silent, lost, crowd }: Stretch): Promise<number> {
  const startMs = firstMs + runs++ * 30 * MINUTE
  const endMs = startMs + SLICES * 10_000
  const at = (place: number) => startMs + place * 10_000
  const appSlices = slices.map(each => ({
    name: `app_${names[each.app]}`,
    sliceMs: at(each.at),
    seconds: 10,
    valid: Math.max(each.valid, each.failed),
    failed: each.failed,
  }))
  const busy = { name: 'app_calm', seconds: 10, valid: 10_000, failed: 0 }
  if (crowd)
    appSlices.push(...Array.from({ length: SLICES }, (_, place) => ({ ...busy, sliceMs: at(place) })))
  const quietFrom = silent ? at(silent.from) : endMs
  const quietTo = silent ? at(silent.from + silent.length) : endMs
  await applyBatch(store.db, {
    ...emptyBatch('node', runs, endMs),
    beats: [
      { fromMs: startMs - 10 * MINUTE, toMs: quietFrom },
      { fromMs: Math.min(quietTo, endMs), toMs: endMs + 10 * MINUTE },
    ],
    appSlices,
    endpointSlices: appSlices.map(each => ({ ...each, name: 'SendMessage' })),
    unmeasured: lost
      ? [
          {
            appId: lost.app === 3 ? undefined : `app_${names[lost.app]}`,
            fromMs: at(lost.from),
            toMs: at(lost.from + lost.length) + 1,
          },
        ]
      : [],
  })
  return startMs
}

test('looking only at who may have been down finds what judging everyone finds', async () => {
  let found = 0
  await fc.assert(
    fc.asyncProperty(stretch, async facts => {
      const startMs = await record(facts)
      const span = { startMs, endMs: startMs + SLICES * 10_000 }
      const question = { ...span, finalMs: startMs + facts.finalBefore * 10_000 }
      const agreements = createAgreements()
      const seen = await judgeOutages(store.db, agreements, question)
      const each = []
      for (const name of names) {
        const organizationId = `org_${name}`
        const asked = { ...question, timezone: 'UTC' }
        const outages = await judgeOrganization(store.db, agreements, organizationId, asked)
        if (outages.length > 0) each.push({ organizationId, outages })
      }
      expect(seen).toEqual(each)
      found += seen.length
    }),
    { numRuns: 60 },
  )
  // A property of nothing proves nothing.
  expect(found).toBeGreaterThan(10)
})

test('all agreements at once are those of each', async () => {
  const agreements = createAgreements()
  const all = await agreements.all(store.db)
  expect([...all.keys()]).toEqual(names.map(name => `org_${name}`))
  for (const [id, agreement] of all) expect(agreement).toEqual(await agreements.of(store.db, id))
})
