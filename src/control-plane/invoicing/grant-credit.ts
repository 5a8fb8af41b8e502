import type { Kysely } from 'kysely'
import { addCredit, type Credit } from '../../store/credits.ts'
import { addEvent } from '../../store/events.ts'
import type { Schema } from '../../store/schema.ts'

/** Grants a credit and tells of it, whoever or whatever it comes from. Belongs into a transaction. */
export async function grantCredit(db: Kysely<Schema>, credit: Credit): Promise<void> {
  await addCredit(db, credit)
  const { id, organizationId, amount, currency, reason, source, grantedMs } = credit
  const data = { credit: id, amount, currency, reason, source }
  await addEvent(db, { type: 'credit.granted', organizationId, atMs: grantedMs, data })
}
