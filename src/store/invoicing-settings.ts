import type { Kysely } from 'kysely'
import type { TaxRule } from '../core/pricing/tax.ts'
import type { Schema } from './schema.ts'

/** How an organization is billed. */
export interface InvoicingSettings {
  /** undefined: by the contract's percentage. */
  readonly tax: TaxRule | undefined
  readonly purchaseOrder: string | undefined
  /** Does a person look at each invoice before it gets its number? */
  readonly approval: boolean
}

/** The defaults, if none were set. */
export async function invoicingSettingsOf(
  db: Kysely<Schema>,
  organizationId: string,
): Promise<InvoicingSettings> {
  const row = await db
    .selectFrom('invoicing_settings')
    .selectAll()
    .where('organization', '=', organizationId)
    .executeTakeFirst()
  if (row === undefined) return { tax: undefined, purchaseOrder: undefined, approval: false }
  return {
    tax: row.tax === null ? undefined : (JSON.parse(row.tax) as TaxRule),
    purchaseOrder: row.purchase_order ?? undefined,
    approval: row.approval === 1,
  }
}

/** Replaces them as a whole. */
export async function setInvoicingSettings(
  db: Kysely<Schema>,
  organizationId: string,
  { tax, purchaseOrder, approval }: InvoicingSettings,
): Promise<void> {
  const set = {
    tax: tax === undefined ? null : JSON.stringify(tax),
    purchase_order: purchaseOrder ?? null,
    approval: approval ? 1 : 0,
  }
  await db
    .insertInto('invoicing_settings')
    .values({ organization: organizationId, ...set })
    .onConflict(conflict => conflict.column('organization').doUpdateSet(set))
    .execute()
}
