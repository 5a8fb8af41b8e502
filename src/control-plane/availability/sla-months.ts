import type { Kysely } from 'kysely'
import type { Schema } from '../../store/schema.ts'
import type { Agreements } from '../invoicing/agreement.ts'
import { type KnownPlatform, type RememberedMonth, rememberedMonth } from './organization-sla.ts'

export interface SlaMonthsQuestion {
  readonly organizationId: string
  readonly months: readonly string[]
  readonly nowMs: number
}

/** Months of one organization, in the order in which they are asked for. */
export async function slaMonths(
  db: Kysely<Schema>,
  agreements: Agreements,
  { organizationId, months, nowMs }: SlaMonthsQuestion,
  known: KnownPlatform,
): Promise<RememberedMonth[]> {
  const { arrangements } = await agreements.of(db, organizationId)
  const found: RememberedMonth[] = []
  for (const month of months) {
    const question = { organizationId, month, arrangements, nowMs }
    found.push(await rememberedMonth(db, agreements, question, known))
  }
  return found
}
