import type { Kysely } from 'kysely'
import { chunks } from './rows.ts'
import type { Schema } from './schema.ts'

/**
 * The numbers that stand for names (an app's id, an endpoint's name) where a name a row would cost most of the row.
 * A name that has none yet gets one, for good.
 */
export async function numbersOf(
  db: Kysely<Schema>,
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const wanted = [...new Set(names)].toSorted((one, other) => (one < other ? -1 : 1))
  const numbers = await knownNumbers(db, wanted)
  const missing = wanted.filter(name => !numbers.has(name))
  if (missing.length === 0) return numbers
  for (const chunk of chunks(missing)) {
    await db
      .insertInto('recorded_names')
      .values(chunk.map(name => ({ name })))
      .onConflict(conflict => conflict.column('name').doNothing())
      .execute()
  }
  return knownNumbers(db, wanted)
}

/** The numbers of those that have one. */
export async function knownNumbers(
  db: Kysely<Schema>,
  names: readonly string[],
): Promise<Map<string, number>> {
  const numbers = new Map<string, number>()
  for (const chunk of chunks(names)) {
    const rows = await db.selectFrom('recorded_names').selectAll().where('name', 'in', chunk).execute()
    for (const { name, number } of rows) numbers.set(name, number)
  }
  return numbers
}
