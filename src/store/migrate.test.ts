import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PrivatePostgres, startPrivatePostgres } from '../../test/private-postgres.ts'
import { runMigrateSuite } from './migrate-suite.ts'
import { migrations } from './migrations/all.ts'
import { openStore } from './open-store.ts'
import { postgresLines, sqliteLines } from './schema-dump.ts'

const directory = mkdtempSync(join(tmpdir(), 'weir-migrate-'))
let postgres: PrivatePostgres
beforeAll(async () => {
  postgres = await startPrivatePostgres()
})
afterAll(async () => {
  await postgres.stop()
  rmSync(directory, { recursive: true })
})

let made = 0
runMigrateSuite('SQLite', async () => ({ file: join(directory, `${made++}.db`) }), sqliteLines)
runMigrateSuite('Postgres', async () => ({ url: await postgres.createDatabase() }), postgresLines)

test('the golden dump shows the schema of Postgres as the migrations leave it', async () => {
  const store = await openStore({ url: await postgres.createDatabase() })
  const lines = await postgresLines(store.db)
  await store.close()
  const last = Object.keys(migrations).toSorted().at(-1) ?? ''
  const dump = `-- The schema on Postgres after migration ${last}: columns, then constraints and indexes.\n\n${lines.join('\n')}\n`
  await expect(dump).toMatchFileSnapshot('schema.postgres.golden.txt')
})
