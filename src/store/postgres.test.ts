import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PrivatePostgres, startPrivatePostgres } from '../../test/private-postgres.ts'
import { type Store, openStore } from './open-store.ts'
import { addOrganization, findOrganization, updateOrganization } from './organizations.ts'
import { runFiguresSuite } from './figures-suite.ts'
import { runPackingSuite } from './packing-suite.ts'
import { runRecordingSuite } from './recording-suite.ts'
import { serialized } from './serialized.ts'
import { runStoreSuite } from './store-suite.ts'

let postgres: PrivatePostgres
beforeAll(async () => {
  postgres = await startPrivatePostgres()
})
afterAll(() => postgres.stop())

const open = async () => openStore({ url: await postgres.createDatabase() })

const organization = { name: 'Acme', billing: {}, eligibility: undefined, createdMs: 1 }

runStoreSuite('Postgres', open)
runRecordingSuite('Postgres', open, 5)
runFiguresSuite('Postgres', open)
runPackingSuite('Postgres', open, 6)

test('ten that start at once on an empty database make its schema once', async () => {
  const url = await postgres.createDatabase()
  const stores = await Promise.all(Array.from({ length: 10 }, async () => openStore({ url })))
  await addOrganization(stores[0]!.db, { ...organization, id: 'org_1' })
  for (const store of stores) {
    expect(await findOrganization(store.db, 'org_1')).toMatchObject({ name: 'Acme' })
    await store.close()
  }
})

test('verbs that meet run one after the other: nothing is read that another is about to change', async () => {
  const url = await postgres.createDatabase()
  const stores = await Promise.all([openStore({ url }), openStore({ url })])
  await addOrganization(stores[0].db, { ...organization, id: 'org_1', billing: { count: 0 } })
  const countUp = async (store: Store) =>
    serialized(store.db, async trx => {
      const { billing } = (await findOrganization(trx, 'org_1'))!
      const count = Number(billing['count']) + 1
      await updateOrganization(trx, 'org_1', { billing: { count } })
      return count
    })
  const counts = await Promise.all(Array.from({ length: 8 }, (_, i) => countUp(stores[i % 2]!)))
  expect(counts.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  for (const store of stores) await store.close()
})

test('a connection that is cut within a transaction fails that transaction alone, and is told', async () => {
  const url = await postgres.createDatabase()
  const cut = Promise.withResolvers<void>()
  const told: string[] = []
  const store = await openStore({ url }, error => {
    told.push(error.message)
    cut.resolve()
  })
  const other = await openStore({ url })
  const within = store.db.transaction().execute(async trx => {
    await addOrganization(trx, { ...organization, id: 'org_1' })
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx)
    await sql`select pg_terminate_backend(${rows[0]!.pid}::int)`.execute(other.db)
    await cut.promise
    await addOrganization(trx, { ...organization, id: 'org_2' })
  })
  await expect(within).rejects.toThrow()
  expect(told[0]).toBe('terminating connection due to administrator command')
  expect(await findOrganization(store.db, 'org_1')).toBeUndefined()
  await addOrganization(store.db, { ...organization, id: 'org_2' })
  for (const each of [store, other]) await each.close()
})

test('a database that cannot be had is named without its password', async () => {
  const wrong = openStore({ url: 'postgres://weir:very-secret@127.0.0.1:1/nothing?password=very-secret' })
  const message = await wrong.then(
    () => 'opened',
    (error: Error) => error.message,
  )
  expect(message).toMatch(/The database postgres:\/\/weir@127\.0\.0\.1:1\/nothing could not be opened/)
  expect(message).not.toContain('very-secret')
})

test('a number that would lose a digit is refused, not rounded', async () => {
  const store = await openStore({ url: await postgres.createDatabase() })
  await expect(sql`select 9007199254740993::bigint`.execute(store.db)).rejects.toThrow('9007199254740993')
  await store.close()
})
