import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { type PrivatePostgres, startPrivatePostgres } from '../../../test/private-postgres.ts'
import { openStore } from '../../store/open-store.ts'
import { runClosingEvidenceSuite } from './closing-evidence-suite.ts'

const directory = mkdtempSync(join(tmpdir(), 'weir-closing-evidence-'))
let postgres: PrivatePostgres
beforeAll(async () => {
  postgres = await startPrivatePostgres()
})
afterAll(async () => {
  await postgres.stop()
  rmSync(directory, { recursive: true })
})

let made = 0
runClosingEvidenceSuite('SQLite', async () => openStore({ file: join(directory, `${made++}.db`) }))
runClosingEvidenceSuite('Postgres', async () => openStore({ url: await postgres.createDatabase() }))
