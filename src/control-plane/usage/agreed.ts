import type { Kysely } from 'kysely'
import type { Contract } from '../../core/contract/contract.ts'
import type { Schema } from '../../store/schema.ts'
import type { Agreements } from '../invoicing/agreement.ts'
import type { Agreed } from './month-forecast.ts'

/** What invoices are reckoned by, for a forecast of them; undefined for an organization that never had a plan. */
export async function agreedWith(
  { db, agreements, contract }: AgreedParts,
  organizationId: string,
): Promise<Agreed | undefined> {
  const { arrangements } = await agreements.of(db, organizationId)
  return arrangements.length === 0 ? undefined : { arrangements, currency: contract().currency }
}

export interface AgreedParts {
  readonly db: Kysely<Schema>
  readonly agreements: Agreements
  readonly contract: () => Contract
}
