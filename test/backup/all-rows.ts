import { sql } from 'kysely'
import { type StorePlace, openDatabase } from '../../src/store/open-store.ts'

/** Every row of every table, as text, in an order of its own: equal for two stores that hold the same. */
export async function allRows(place: StorePlace): Promise<Record<string, string[]>> {
  const db = openDatabase(place)
  try {
    const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
    const rows: Record<string, string[]> = {}
    for (const { name } of tables) {
      const found = await sql`select * from ${sql.table(name)}`.execute(db)
      rows[name] = found.rows.map(row => JSON.stringify(row)).toSorted()
    }
    return rows
  } finally {
    await db.destroy()
  }
}
