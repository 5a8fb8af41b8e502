import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import type { Batch } from './batch.ts'
import { openStore } from './open-store.ts'
import { runFiguresSuite } from './figures-suite.ts'
import { runPackingSuite } from './packing-suite.ts'
import { applyBatches } from './recording.ts'
import { runRecordingSuite } from './recording-suite.ts'
import { runStoreSuite } from './store-suite.ts'
import { batch, count } from './test-batches.ts'

const directory = mkdtempSync(join(tmpdir(), 'weir-store-'))
afterAll(() => rmSync(directory, { recursive: true }))

let made = 0
const open = async () => openStore({ file: join(directory, `${made++}.db`) })

runStoreSuite('SQLite', open)
runRecordingSuite('SQLite', open, 25)
runFiguresSuite('SQLite', open)
runPackingSuite('SQLite', open, 40)

test('what batches add is written once a row, and what is noted of their node once for all of them', async () => {
  const store = await open()
  const changes = async () => {
    const { rows } = await sql<{ n: number }>`select total_changes() as n`.execute(store.db)
    return rows[0]!.n
  }
  let sequence = 0
  const changesOf = async (lists: readonly Partial<Batch>[]) => {
    const before = await changes()
    await applyBatches(
      store.db,
      lists.map(each => batch(++sequence, each)),
    )
    return (await changes()) - before
  }
  const bookkeeping = await changesOf([{}])
  expect(await changesOf(Array.from({ length: 10 }, () => ({})))).toBe(bookkeeping)
  const requests = Array.from({ length: 700 }, (_, at) => ({ ...count(1), endpoint: `E${at}` }))
  // Fresh rows, then the same again.
  expect(await changesOf([{ requests }, { requests }])).toBe(700 + bookkeeping)
  expect(await changesOf([{ requests }])).toBe(700 + bookkeeping)
  await store.close()
})
