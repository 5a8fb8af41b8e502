import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** The ids of final invoices whose last day to pay is over and that nobody has looked at since, oldest first. */
export async function passedDueDays(db: Kysely<Schema>, nowMs: number, most: number): Promise<string[]> {
  const rows = await db
    .selectFrom('invoices')
    .select('id')
    .where('due_ms', '<=', nowMs)
    .where(eb =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('due_checks')
            .select('due_checks.invoice')
            .whereRef('due_checks.invoice', '=', 'invoices.id'),
        ),
      ),
    )
    .orderBy('due_ms')
    .orderBy('id')
    .limit(most)
    .execute()
  return rows.map(({ id }) => id)
}

/** It is to be looked at again: something is due on it that was not. */
export async function forgetDueCheck(db: Kysely<Schema>, invoiceId: string): Promise<void> {
  await db.deleteFrom('due_checks').where('invoice', '=', invoiceId).execute()
}

/** Notes that an invoice was looked at after its last day to pay; the table's key refuses a second time. */
export async function addDueCheck(db: Kysely<Schema>, invoiceId: string, atMs: number): Promise<void> {
  await db.insertInto('due_checks').values({ invoice: invoiceId, at_ms: atMs }).execute()
}
