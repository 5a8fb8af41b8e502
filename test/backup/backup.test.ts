import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { type PrivatePostgres, startPrivatePostgres } from '../private-postgres.ts'
import { runBackupSuite } from './backup-suite.ts'

let postgres: PrivatePostgres
beforeAll(async () => {
  postgres = await startPrivatePostgres()
})
afterAll(() => postgres.stop())

runBackupSuite('SQLite', async data => ({
  flags: ['--data', data],
  settings: { data, databaseUrl: undefined },
  store: { file: join(data, 'weir.db') },
}))

runBackupSuite('Postgres', async data => {
  const url = await postgres.createDatabase()
  return {
    flags: ['--data', data, '--database-url', url],
    settings: { data, databaseUrl: url },
    store: { url },
  }
})
