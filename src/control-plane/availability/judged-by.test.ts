import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { fraction } from '../../core/exact/fraction.ts'
import { newId } from '../../identity/credentials.ts'
import { addApp } from '../../store/apps.ts'
import { emptyBatch } from '../../store/batch.ts'
import { addExclusion, withdrawExclusion } from '../../store/exclusions.ts'
import { setLeaving } from '../../store/leavings.ts'
import { addMaintenance } from '../../store/maintenance.ts'
import { type Store, openStore } from '../../store/open-store.ts'
import { packSlices } from '../../store/pack-slices.ts'
import { addProbeResults } from '../../store/probe-results.ts'
import { applyBatch } from '../../store/recording.ts'
import type { Schema } from '../../store/schema.ts'
import { keepSlaLook } from '../../store/sla-looks.ts'
import { createAgreements } from '../invoicing/agreement.ts'
import { addHolder, at, loadChat } from '../invoicing/test-customers.ts'
import { toKept } from './judged-by.ts'
import { createPlatformTimes } from './organization-sla.ts'
import { slaMonths } from './sla-months.ts'
import { recordSlices } from './test-slices.ts'

const month = '2026-09'
const within = at('2026-09-10')
const directory = mkdtempSync(join(tmpdir(), 'weir-judged-by-'))
afterAll(() => rmSync(directory, { recursive: true }))
let made = 0
let store: Store
let nowMs: number
beforeEach(async () => {
  store = await openStore({ file: join(directory, `${made++}.db`) })
  nowMs = at('2026-10-02')
  await loadChat(store.db, withProbe)
  await addHolder(store.db, 'acme', '2026-01-01')
  await addHolder(store.db, 'other', '2026-01-01')
  await recordSlices(store.db, 'acme', within, { slices: 42 })
  const words = { reason: 'third-party', text: 'A cloud', author: 'operator', createdMs: 1 } as const
  const span = { startMs: within, endMs: within + 60_000 }
  await addExclusion(store.db, { ...words, ...span, id: 'exc_0', organizationId: 'org_acme' })
})
afterEach(async () => store.close())

function withProbe(yaml: string): string {
  const probes = 'probes: [{ name: search, request: Search, everySeconds: 60 }]'
  // Longer slices are quicker to judge, and there is much to judge here.
  return yaml
    .replace('availability:  ', `availability:\n  ${probes}\n  #`)
    .replace('sliceSeconds: 10', 'sliceSeconds: 60')
}

async function look() {
  nowMs++
  const evidence = { month: 'none of these', secret: '' }
  const asked = { organizationId: 'org_acme', months: [month], evidence, nowMs }
  const agreements = createAgreements()
  const known = createPlatformTimes(agreements)(store.db, nowMs)
  const [found] = await slaMonths(store.db, agreements, asked, known)
  if (found === undefined) throw new Error('the month was asked for')
  return found
}

/** Keeps a figure that no judgement comes to: whoever tells it has not judged. */
async function keepMarked(): Promise<void> {
  const { inputs, time } = await look()
  const downTime = toKept({ ...time, downSeconds: MARK })
  await keepSlaLook(store.db, 'org_acme', { month, inputs, downTime })
}
const MARK = fraction(1, 7)

async function pack(db: Kysely<Schema>): Promise<void> {
  const all = { place: undefined, beforeMs: at('2026-10-01'), mostRows: 10 ** 6 }
  await db.transaction().execute(trx => packSlices(trx, all))
}

const seen = (place: string, ok: boolean) => {
  return { probe: 'search', place, atMs: within, ok, ms: 1, detail: undefined }
}
const recorded = (lists: object) => async (db: Kysely<Schema>) =>
  applyBatch(db, { ...emptyBatch(newId('key'), 1, within), ...lists })
const window = { title: 'Work', extends: undefined, author: 'op', announcedMs: 1, cancelledMs: undefined }

/** One more valid request for each slice that was there: as many bytes as before. */
const fortyTwo = Array.from({ length: 42 }, (_, i) => {
  return { name: 'app_acme', sliceMs: within + i * 10_000, seconds: 10, valid: 1, failed: 0 }
})

const lateFacts: Record<string, (db: Kysely<Schema>) => Promise<unknown>> = {
  'slices that were packed since': async db => {
    await recorded({ appSlices: fortyTwo })(db)
    await pack(db)
  },
  'slices of its app': db => recordSlices(db, 'acme', within + 3_600_000, { slices: 1 }),
  'more of a slice that was there': db => recordSlices(db, 'acme', within, { slices: 1, failed: 0 }),
  'slices of another customer’s app': db => recordSlices(db, 'other', within, { slices: 1 }),
  'failures alone of another customer’s app': db =>
    recordSlices(db, 'other', within, { slices: 1, valid: 0, failed: 1 }),
  'a slice in the five minutes before the month': db =>
    recordSlices(db, 'acme', at('2026-08-31T23:59:00Z'), { slices: 1 }),
  'records that are lost': recorded({
    unmeasured: [{ appId: 'app_acme', fromMs: within, toMs: within + 1 }],
  }),
  'records of anyone that are lost': recorded({
    unmeasured: [{ appId: undefined, fromMs: within + 60_000, toMs: within + 60_001 }],
  }),
  'a beat, before which nobody was': recorded({ beats: [{ fromMs: within, toMs: within }] }),
  'what a probe saw': db => addProbeResults(db, [seen('Oslo', false)]),
  'an exclusion': db =>
    addExclusion(db, {
      id: 'exc_1',
      organizationId: undefined,
      reason: 'customer',
      text: '',
      author: '',
      startMs: within,
      endMs: within + 1000,
      createdMs: 1,
    }),
  'an exclusion that is withdrawn': db =>
    withdrawExclusion(db, 'exc_0', { atMs: nowMs, author: 'op', reason: 'Ours' }),
  'announced work': db =>
    addMaintenance(db, { ...window, id: 'mnt_1', startMs: within, endMs: within + 60_000 }),
  'an app of its own': db =>
    addApp(db, {
      id: 'app_new',
      organizationId: 'org_acme',
      name: 'new',
      sealedSecret: Uint8Array.of(1),
      createdMs: 1,
    }),
  'that it left': db =>
    setLeaving(db, 'org_acme', { atMs: at('2026-09-20'), reason: 'Closed', author: 'operator' }),
  'a contract that judges otherwise': db => loadChat(db, yaml => withProbe(yaml).replace('"5"', '"6"')),
}

test('a month is judged again when anything came to it, and only then', async () => {
  expect((await look()).time.downSeconds).toEqual(fraction(360))
  await pack(store.db)
  for (const [what, add] of Object.entries(lateFacts)) {
    await keepMarked()
    await add(store.db)
    expect((await look()).time.downSeconds, what).not.toEqual(MARK)
  }
})

test('facts of another month are nothing new', async () => {
  await keepMarked()
  await recordSlices(store.db, 'acme', at('2026-10-01'), { slices: 9 })
  await recordSlices(store.db, 'other', at('2026-08-31T23:54:50Z'), { slices: 1 })
  expect((await look()).time.downSeconds).toEqual(MARK)
})

test('what is kept of a packed month is what judging it comes to', async () => {
  const rows = await look()
  await pack(store.db)
  const { inputs, time } = await look()
  expect([time, inputs === rows.inputs]).toEqual([rows.time, false])
  await keepSlaLook(store.db, 'org_acme', { month, inputs, downTime: toKept(time) })
  const kept = await look()
  expect([kept.time, kept.inputs]).toEqual([time, inputs])
})
