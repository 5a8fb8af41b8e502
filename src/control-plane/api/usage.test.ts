import { afterAll, beforeAll } from 'vitest'
import { type PrivatePostgres, startPrivatePostgres } from '../../../test/private-postgres.ts'
import { runUsageSuite } from './usage-suite.ts'

let postgres: PrivatePostgres
beforeAll(async () => {
  postgres = await startPrivatePostgres()
})
afterAll(async () => postgres.stop())

runUsageSuite('SQLite', async () => undefined)
runUsageSuite('Postgres', async () => ({ url: await postgres.createDatabase() }))
