import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { type PrivatePostgres, startPrivatePostgres } from '../../../test/private-postgres.ts'
import { openSealer } from '../../identity/sealing.ts'
import { openStore } from '../../store/open-store.ts'
import { runDeliverySuite } from './delivery-suite.ts'

const directory = mkdtempSync(join(tmpdir(), 'weir-deliveries-'))
const sealer = openSealer({ dataDir: directory, env: {} })
let postgres: PrivatePostgres
beforeAll(async () => {
  postgres = await startPrivatePostgres()
})
afterAll(async () => {
  await postgres.stop()
  rmSync(directory, { recursive: true })
})

let made = 0
runDeliverySuite('SQLite', sealer, async () => {
  // A thread has one store for a file.
  const store = await openStore({ file: join(directory, `${made++}.db`) })
  return [store, store]
})

runDeliverySuite('Postgres', sealer, async () => {
  const url = await postgres.createDatabase()
  return [await openStore({ url }), await openStore({ url })]
})
