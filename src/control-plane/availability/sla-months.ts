import type { Kysely } from 'kysely'
import type { Schema } from '../../store/schema.ts'
import type { Agreements } from '../invoicing/agreement.ts'
import { type ClosingMonth, type KnownPlatform, closingMonth, organizationMonth } from './organization-sla.ts'

export interface SlaMonthsQuestion {
  readonly organizationId: string
  readonly months: readonly string[]
  /** Of one of these months evidence is written; `secret` is that of its salts. */
  readonly evidence: { readonly month: string; readonly secret: string }
  readonly nowMs: number
}

/** Months of one organization, in the order in which they are asked for. */
export async function slaMonths(
  db: Kysely<Schema>,
  agreements: Agreements,
  { organizationId, months, evidence, nowMs }: SlaMonthsQuestion,
  known: KnownPlatform,
): Promise<ClosingMonth[]> {
  const { arrangements } = await agreements.of(db, organizationId)
  const found: ClosingMonth[] = []
  for (const month of months) {
    const question = { organizationId, month, arrangements, nowMs }
    found.push(
      month === evidence.month
        ? await closingMonth(db, agreements, { ...question, secret: evidence.secret }, known)
        : { ...(await organizationMonth(db, agreements, question, known)), measured: undefined },
    )
  }
  return found
}
