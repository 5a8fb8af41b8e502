import { type Kysely, sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { migrateTo, migrateToLatest, pathTo, readSchemaState, stepBack } from './migrate.ts'
import { migrations } from './migrations/all.ts'
import { type StorePlace, openDatabase, openStore } from './open-store.ts'
import type { Schema } from './schema.ts'

const names = Object.keys(migrations).toSorted()
const later = names.slice(1)

/** What migrations must hold to on every database. `place`: an empty one. */
export function runMigrateSuite(
  name: string,
  place: () => Promise<StorePlace>,
  lines: (db: Kysely<Schema>) => Promise<string[]>,
): void {
  async function withDatabase(use: (db: Kysely<Schema>) => Promise<void>): Promise<void> {
    const db = openDatabase(await place())
    try {
      await use(db)
    } finally {
      await db.destroy()
    }
  }
  const state = (db: Kysely<Schema>) => readSchemaState(db, 'here')

  describe(`${name}: migrations`, () => {
    test.each(later)('%s goes up, down and up again, and leaves the same schema', async migration => {
      await withDatabase(async db => {
        await migrateTo(db, names[names.indexOf(migration) - 1]!)
        const before = await lines(db)
        await migrateTo(db, migration)
        const after = await lines(db)
        expect(after).not.toEqual(before)
        const { to } = stepBack(await state(db))
        await migrateTo(db, to)
        expect(await lines(db)).toEqual(before)
        await migrateTo(db, migration)
        expect(await lines(db)).toEqual(after)
      })
    })

    test('0018 finds in the audit who decided a plan, and knows nobody where it says nothing', async () => {
      await withDatabase(async db => {
        await migrateTo(db, '0017-budgets')
        await sql`insert into organizations (id, name, billing, created_ms) values ('org_1', 'a', '{}', 1)`.execute(
          db,
        )
        for (const [id, fromMs] of [
          ['sub_1', 1],
          ['sub_2', 7],
          ['sub_3', 9],
        ] as const) {
          await sql`insert into subscriptions (id, organization, plan, support_plan, add_ons, interval, from_ms, created_ms)
            values (${id}, 'org_1', 'start', 'basic', '[]', 'monthly', ${fromMs}, ${fromMs})`.execute(db)
        }
        for (const [actor, action, atMs] of [
          ['operator', 'organization.created', 1],
          ['mem_2', 'organization.changed', 7],
          ['mem_1', 'subscription.changed', 7],
        ] as const) {
          await sql`insert into audit (at_ms, actor, action, subject, organization, details)
            values (${atMs}, ${actor}, ${action}, 'org_1', 'org_1', '{}')`.execute(db)
        }
        await migrateToLatest(db)
        const rows = await db.selectFrom('subscriptions').select('author').orderBy('id').execute()
        expect(rows.map(({ author }) => author)).toEqual(['operator', 'mem_1', null])
      })
    })

    test('all the way back and forward leaves the same schema', async () => {
      await withDatabase(async db => {
        await migrateToLatest(db)
        const latest = await lines(db)
        await migrateTo(db, names[0]!)
        expect((await state(db)).pending).toEqual(later)
        await migrateToLatest(db)
        expect(await lines(db)).toEqual(latest)
      })
    })

    test('a store of a version under development, which lacks one in the middle, gets it', async () => {
      await withDatabase(async db => {
        await migrateToLatest(db)
        const latest = await lines(db)
        // As a version has it that was made before 0003 was merged.
        await migrateTo(db, '0001-foundation')
        await migrations['0004-terms']!.up(db)
        await sql`insert into kysely_migration (name, timestamp) values ('0004-terms', '2026-11-22T00:00:00.000Z')`.execute(
          db,
        )
        expect((await state(db)).pending).toEqual(later.filter(each => each !== '0004-terms'))
        await migrateToLatest(db)
        expect(await lines(db)).toEqual(latest)
        expect((await state(db)).pending).toEqual([])
      })
    })

    test('a migration that fails leaves the schema as it was', async () => {
      await withDatabase(async db => {
        await migrateTo(db, names[0]!)
        const before = await lines(db)
        // In the way of the last one, after all others have been applied.
        await sql`create table key_check (other text)`.execute(db)
        await expect(migrateToLatest(db)).rejects.toThrow('key_check')
        await sql`drop table key_check`.execute(db)
        expect(await lines(db)).toEqual(before)
        expect((await state(db)).applied).toEqual([names[0]])
      })
    })

    test('the first migration cannot be taken back, and the error says why', async () => {
      await withDatabase(async db => {
        expect(() => stepBack({ applied: [], pending: names })).toThrow('the database is empty')
        await migrateTo(db, names[0]!)
        const first = await state(db)
        expect(() => stepBack(first)).toThrow(
          '"0001-foundation" cannot be taken back: no Weir worked before it',
        )
        expect(() => pathTo(first, '0002-nothing')).toThrow(
          'There is no migration "0002-nothing". There are: 0001',
        )
      })
    })

    test('an older Weir leaves a newer schema alone', async () => {
      const where = await place()
      const store = await openStore(where)
      await sql`insert into kysely_migration (name, timestamp) values ('9999-later', '2099-01-01')`.execute(
        store.db,
      )
      const before = await lines(store.db)
      await expect(openStore(where)).rejects.toThrow(/newer Weir.*"9999-later"/)
      expect(await lines(store.db)).toEqual(before)
      await store.close()
    })
  })
}
