import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { addProbeResults, lastProbeResults } from '../../store/probe-results.ts'
import { type Store, openStore } from '../../store/open-store.ts'
import { countsOfApp } from '../../store/test-batches.ts'
import { recordSlices } from '../availability/test-slices.ts'
import { probeRetention } from './forget-probe-results.ts'
import { type Job, startJobRunner } from './job-runner.ts'
import { slicePacking } from './pack-slices.ts'

const at = (text: string) => Date.parse(`${text}Z`)
const startMs = at('2026-11-10T00:00:00')

let directory: string
let store: Store
let errors: unknown[]
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'weir-slices-'))
  store = await openStore({ file: join(directory, 'weir.db') })
  errors = []
})
afterEach(async () => {
  await store.close()
  rmSync(directory, { recursive: true })
})

async function runAt(nowMs: number, job: Job): Promise<void> {
  const log = { warn: (facts: object) => errors.push(facts), error: (facts: object) => errors.push(facts) }
  const clock = () => nowMs
  const runner = startJobRunner({ db: store.db, jobs: [job], nodeId: 'n', clock, realClock: clock, log })
  await runner.runDue()
  await runner.stop()
}

async function rowsLeft(): Promise<number> {
  return (await store.db.selectFrom('app_slices').select('name').execute()).length
}

test('an hour of slices is packed once it is final and its batches have come, however many steps it takes', async () => {
  for (const name of ['a', 'b', 'c']) await recordSlices(store.db, name, startMs, { slices: 1080 })
  await runAt(at('2026-11-10T02:11:00'), slicePacking)
  expect(await rowsLeft()).toBe(3 * 720)
  await runAt(at('2026-11-10T03:12:00'), slicePacking)
  expect(await rowsLeft()).toBe(0)
  for (const name of ['a', 'b', 'c']) {
    const { valid } = await countsOfApp(store.db, `app_${name}`, { startMs, seconds: 10, length: 1081 })
    expect([...valid].filter(count => count === 100)).toHaveLength(1080)
  }
  expect(errors).toEqual([])
})

test('what comes to a packed day hours later counts, and is packed with it', async () => {
  await recordSlices(store.db, 'a', startMs, { slices: 360, valid: 5, failed: 0 })
  await runAt(at('2026-11-10T02:00:00'), slicePacking)
  await recordSlices(store.db, 'a', startMs, { slices: 1, valid: 7, failed: 7 })
  const first = async () => (await countsOfApp(store.db, 'app_a', { startMs, seconds: 10, length: 1 })).valid
  expect([...(await first())]).toEqual([12])
  await runAt(at('2026-11-12T00:00:00'), slicePacking)
  expect([await rowsLeft(), ...(await first())]).toEqual([0, 12])
})

test('results of probes are kept while a close may judge their month again, and then forgotten', async () => {
  const seen = (place: string, atMs: number) => {
    return { probe: 'search', place, atMs, ok: true, ms: 10, detail: undefined }
  }
  await addProbeResults(store.db, [
    ...Array.from({ length: 2100 }, (_, i) => seen('Oslo', at('2026-03-01T00:00:00') + i * 1000)),
    seen('Oslo', at('2026-04-09T23:59:59')),
    seen('Rome', at('2026-04-10T12:00:00')),
  ])
  await runAt(at('2026-11-10T12:00:00'), probeRetention)
  expect((await lastProbeResults(store.db, 'search')).map(({ place }) => place)).toEqual(['Rome'])
  expect(errors).toEqual([])
})
