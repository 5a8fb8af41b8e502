import type { Kysely } from 'kysely'
import type { CreditUse } from '../core/pricing/apply-credits.ts'
import type { Schema } from './schema.ts'

/** Money owed back: it lowers the next invoices until it is used up. Amounts are decimal text of its currency. */
export interface Credit {
  readonly id: string
  readonly organizationId: string
  readonly currency: string
  readonly amount: string
  readonly reason: string
  /** `person`; `carried-over`: of an invoice that came out below zero; `sla`: for down time. */
  readonly source: string
  readonly author: string
  readonly grantedMs: number
}

export interface UsedCredit extends Credit {
  readonly uses: readonly { readonly invoiceId: string; readonly amount: string }[]
}

export async function addCredit(db: Kysely<Schema>, credit: Credit): Promise<void> {
  const { organizationId, grantedMs, ...rest } = credit
  await db
    .insertInto('credits')
    .values({ ...rest, organization: organizationId, granted_ms: grantedMs })
    .execute()
}

/** Oldest first, with what they gave to which invoice; of all organizations if none is named. */
export async function creditsOf(db: Kysely<Schema>, organizationId?: string): Promise<UsedCredit[]> {
  let query = db.selectFrom('credits').selectAll()
  let used = db.selectFrom('credit_uses').innerJoin('credits', 'credits.id', 'credit_uses.credit')
  if (organizationId !== undefined) {
    query = query.where('organization', '=', organizationId)
    used = used.where('credits.organization', '=', organizationId)
  }
  const rows = await query.orderBy('granted_ms').orderBy('id').execute()
  const uses = await used
    .select(['credit_uses.credit', 'credit_uses.invoice', 'credit_uses.amount'])
    .orderBy('credit_uses.invoice')
    .execute()
  const byCredit = Map.groupBy(uses, ({ credit }) => credit)
  return rows.map(row => ({
    id: row.id,
    organizationId: row.organization,
    currency: row.currency,
    amount: row.amount,
    reason: row.reason,
    source: row.source,
    author: row.author,
    grantedMs: row.granted_ms,
    uses: (byCredit.get(row.id) ?? []).map(({ invoice, amount }) => ({ invoiceId: invoice, amount })),
  }))
}

/** Belongs into the transaction that writes the invoice. */
export async function useCredits(
  db: Kysely<Schema>,
  invoiceId: string,
  uses: readonly CreditUse[],
): Promise<void> {
  if (uses.length === 0) return
  await db
    .insertInto('credit_uses')
    .values(uses.map(({ id, amount }) => ({ credit: id, invoice: invoiceId, amount })))
    .execute()
}

/** Gives back what an invoice that waits for approval had taken, before it is reckoned anew. */
export async function giveBackCredits(db: Kysely<Schema>, invoiceId: string): Promise<void> {
  await db.deleteFrom('credit_uses').where('invoice', '=', invoiceId).execute()
}
