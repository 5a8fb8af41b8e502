import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readContract } from '../../core/contract/read-contract.ts'
import { type Store, openStore } from '../../store/open-store.ts'
import { addProbeResults } from '../../store/probe-results.ts'
import { chatYaml } from '../api/test-control.ts'
import { readPlatformTime } from './read-time.ts'

const HOUR_MS = 3_600_000
const startMs = Date.UTC(2026, 10, 10, 12)

let directory: string
let store: Store
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'weir-slices-'))
  store = await openStore({ file: join(directory, 'weir.db') })
})
afterEach(async () => {
  await store.close()
  rmSync(directory, { recursive: true })
})

function availability() {
  const yaml = chatYaml.replace(
    'availability:  ',
    'availability:\n  probes: [{ name: search, request: Search, everySeconds: 3600 }]\n  #',
  )
  const read = readContract(yaml, 'contract.yaml', () => undefined)
  if (!read.ok) throw new Error(JSON.stringify(read.mistakes))
  return read.contract.availability
}

const seen = (place: string, atMs: number, ok: boolean) => ({
  probe: 'search',
  place,
  atMs,
  ok,
  ms: 10,
  detail: ok ? undefined : 'answered 503, not 200',
})

/** What probes say of the first minute that is judged. */
async function firstMinute(): Promise<number[]> {
  const platform = await readPlatformTime(
    store.db,
    { startMs, endMs: startMs + 60_000 },
    availability(),
    startMs + HOUR_MS,
  )
  return [...platform.probed.subarray(platform.lead)]
}

test('what was sent long before the time that is read still decides about it, as long as it speaks', async () => {
  const places = ['Oslo', 'Rome', 'Bern']
  await addProbeResults(
    store.db,
    places.map(place => seen(place, startMs - 1.5 * HOUR_MS, place === 'Bern')),
  )
  expect(await firstMinute()).toEqual([2, 2, 2, 2, 2, 2])
  await addProbeResults(store.db, [seen('Rome', startMs + 30_000, true)])
  expect(await firstMinute()).toEqual([2, 2, 2, 1, 1, 1])
})

test('what was sent two intervals before says nothing any more', async () => {
  await addProbeResults(store.db, [seen('Oslo', startMs - 2 * HOUR_MS, false)])
  expect(await firstMinute()).toEqual([0, 0, 0, 0, 0, 0])
})
