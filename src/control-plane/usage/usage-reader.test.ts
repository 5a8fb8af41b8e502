import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { emptyBatch } from '../../store/batch.ts'
import { type Store, openStore } from '../../store/open-store.ts'
import { applyBatch } from '../../store/recording.ts'
import { addHolder, at } from '../invoicing/test-customers.ts'
import { createUsageReader } from './usage-reader.ts'
import type { UsageReader } from './usage-questions.ts'

let directory: string
let store: Store
let reader: UsageReader
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'weir-reader-'))
  const place = { file: join(directory, 'weir.db') }
  store = await openStore(place)
  reader = createUsageReader(place)
})
afterEach(async () => {
  await reader.close()
  await store.close()
  rmSync(directory, { recursive: true })
})

test('what is billed is never the answer to an earlier question, also while that is being read', async () => {
  const organizationId = await addHolder(store.db, 'acme', '2026-10-01')
  const socket = { id: 'con_1', appId: 'app_acme', userKey: undefined, platform: 'web', endpoint: 'Connect' }
  await applyBatch(store.db, {
    ...emptyBatch('node_1', 1, at('2026-10-20')),
    opened: [{ ...socket, atMs: at('2026-10-20') }],
    closed: [{ id: 'con_1', atMs: at('2026-10-21') }],
  })
  const ask = async (kind: 'month' | 'billed', until: string) =>
    reader.ask(kind, { organizationId, month: '2026-10', nowMs: at(until) })
  const billed = await Promise.all([ask('billed', '2026-10-10'), ask('billed', '2026-11-02')])
  expect(billed.map(({ connections }) => connections)).toEqual([0, 1])
  // What is only shown may be: whoever asks in between shares an answer.
  const shown = await Promise.all([ask('month', '2026-10-10'), ask('month', '2026-11-02')])
  expect(shown.map(({ connections }) => connections)).toEqual([0, 0])
})
