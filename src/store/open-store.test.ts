import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { migrations } from './migrations/all.ts'
import { openStore } from './open-store.ts'
import { sqliteStatements } from './schema-dump.ts'
import { addOrganization, findOrganization, updateOrganization } from './organizations.ts'
import { userKey } from './user-key.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'weir-store-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const organization = { id: 'org_1', name: 'Acme', billing: {}, eligibility: undefined, createdMs: 1 }

test('what was committed is there after the store was opened again', async () => {
  const file = join(directory, 'weir.db')
  const first = await openStore({ file })
  await addOrganization(first.db, organization)
  await first.close()
  const second = await openStore({ file })
  expect(await findOrganization(second.db, 'org_1')).toEqual(organization)
  await second.close()
})

test.skipIf(process.platform === 'win32')('nobody but the owner can read the database', async () => {
  const file = join(directory, 'data', 'weir.db')
  const store = await openStore({ file })
  await addOrganization(store.db, organization)
  expect(statSync(join(directory, 'data')).mode & 0o777).toBe(0o700)
  for (const each of [file, `${file}-wal`, `${file}-shm`]) expect(statSync(each).mode & 0o777).toBe(0o600)
  await store.close()
})

test('a commit is durable, and a reference must hold', async () => {
  const store = await openStore({ file: join(directory, 'weir.db') })
  const pragma = async (name: string) => (await sql.raw<object>(`pragma ${name}`).execute(store.db)).rows[0]
  expect(await pragma('journal_mode')).toEqual({ journal_mode: 'wal' })
  expect(await pragma('synchronous')).toEqual({ synchronous: 2 })
  expect(await pragma('foreign_keys')).toEqual({ foreign_keys: 1 })
  expect(await pragma('busy_timeout')).toEqual({ timeout: 5000 })
  await store.close()
})

test('transactions that start together run one after the other, and another connection sees them', async () => {
  const file = join(directory, 'weir.db')
  const store = await openStore({ file })
  const other = await openStore({ file })
  const rename = async (at: number) =>
    store.db.transaction().execute(async trx => {
      const found = await findOrganization(trx, 'org_1')
      await updateOrganization(trx, 'org_1', { name: `${found?.name} ${at}` })
    })
  await addOrganization(store.db, organization)
  await Promise.all(Array.from({ length: 10 }, async (_, at) => rename(at)))
  expect((await findOrganization(other.db, 'org_1'))?.name).toBe('Acme 0 1 2 3 4 5 6 7 8 9')
  await Promise.all([store.close(), other.close()])
})

test('a database of a newer Weir is left alone, and the error says what to do', async () => {
  const file = join(directory, 'weir.db')
  const store = await openStore({ file })
  await sql`insert into kysely_migration (name, timestamp) values ('9999-later', '2099-01-01')`.execute(
    store.db,
  )
  await store.close()
  await expect(openStore({ file })).rejects.toThrow(/newer Weir.*"9999-later".*restore a backup/)
})

test('a file that is no database is refused, and not touched', async () => {
  const file = join(directory, 'notes.txt')
  const text = 'These are my notes, and they are long enough to be no SQLite header at all.\n'.repeat(20)
  writeFileSync(file, text)
  await expect(openStore({ file })).rejects.toThrow(/notes\.txt could not be opened: file is not a database/)
  expect(readFileSync(file, 'utf8')).toBe(text)
})

test('the golden dump shows the schema as the migrations leave it', async () => {
  const store = await openStore({ file: join(directory, 'weir.db') })
  const statements = await sqliteStatements(store.db)
  await store.close()
  const last = Object.keys(migrations).toSorted().at(-1) ?? ''
  const dump = `-- The schema after migration ${last}.\n\n${statements.map(each => `${each};\n`).join('\n')}`
  await expect(dump).toMatchFileSnapshot('schema.golden.sql')
})

test('going back one version and forward again changes no count of users, and keeps connections', async () => {
  const file = join(directory, 'weir.db')
  const store = await openStore({ file })
  const migrator = new Migrator({ db: store.db, provider: { getMigrations: async () => migrations } })
  const to = async (name: string) => {
    const { error } = await migrator.migrateTo(name)
    if (error !== undefined) throw error
  }
  await to('0001-foundation')
  for (let at = 0; at < 2100; at++) {
    await sql`insert into users_by_month values ('app_1', '2026-11', ${`user ${at}`}, ${Date.UTC(2026, 10, 7)})`.execute(
      store.db,
    )
  }
  await sql`
    insert into connections (id, app, "user", platform, endpoint, node, opened_ms, closed_ms)
    values ('con_1', 'app_1', 'user 1', 'web', 'Connect', 'n', 1, 2)
  `.execute(store.db)
  const users = async () =>
    store.db.selectFrom('active_users').select(['user_key', 'first_day']).orderBy('user_key').execute()
  await to('0002-recording')
  const keyed = await users()
  expect(keyed).toHaveLength(2100)
  expect(new Set(keyed.map(row => row.first_day))).toEqual(new Set([7]))
  const connection = () => store.db.selectFrom('connections').select(['id', 'user_key']).execute()
  expect(await connection()).toEqual([{ id: 'con_1', user_key: userKey('app_1', 'user 1') }])
  await to('0001-foundation')
  const { rows } = await sql<{ n: number }>`select count(*) as n from users_by_month`.execute(store.db)
  expect(rows).toEqual([{ n: 2100 }])
  await to('0002-recording')
  expect(await users()).toHaveLength(2100)
  await store.close()
})
