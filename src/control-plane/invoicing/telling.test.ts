import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { type PrivatePostgres, startPrivatePostgres } from '../../../test/private-postgres.ts'
import { openStore } from '../../store/open-store.ts'
import { runTellingSuite } from './telling-suite.ts'

const directory = mkdtempSync(join(tmpdir(), 'weir-telling-'))
let postgres: PrivatePostgres
beforeAll(async () => {
  postgres = await startPrivatePostgres()
})
afterAll(async () => {
  await postgres.stop()
  rmSync(directory, { recursive: true })
})

let made = 0
runTellingSuite('SQLite', async () => {
  // A thread has one store for a file.
  const store = await openStore({ file: join(directory, `${made++}.db`) })
  return [store, store]
})

runTellingSuite('Postgres', async () => {
  const url = await postgres.createDatabase()
  return [await openStore({ url }), await openStore({ url })]
})
