import type { Kysely } from 'kysely'
import { type SlaReport, reportOn } from '../../core/availability/sla-report.ts'
import type { Currency, Sla } from '../../core/contract/contract.ts'
import type { Arrangement } from '../../core/pricing/arrangement.ts'
import type { InvoiceLine } from '../../core/pricing/invoice-line.ts'
import { slaBase } from '../../core/pricing/sla-base.ts'
import { monthSpan } from '../../core/time/month.ts'
import { isClosedMonth } from '../../store/closed-months.ts'
import { invoiceOfMonth } from '../../store/invoices.ts'
import { findOrganization } from '../../store/organizations.ts'
import type { Schema } from '../../store/schema.ts'
import { type Agreements, versionAt } from '../invoicing/agreement.ts'
import { type ReadUsage, draftInvoices } from '../invoicing/drafts.ts'
import { type OrganizationMonth, organizationMonth } from './organization-sla.ts'
import type { ShownExclusion } from './shown-exclusions.ts'
import { monthUsage } from '../usage/month-usage.ts'

/** A month's report with what it went by: frozen as it is when the month closes. Plain data. */
export interface SlaStatement {
  readonly report: SlaReport
  readonly sla: Sla
  readonly currency: Currency
  readonly exclusions: readonly ShownExclusion[]
  readonly contractVersion: number
  readonly judgedToMs: number
}

/** What was billed for a month, or would be now. */
export interface BilledMonth {
  readonly lines: readonly InvoiceLine[]
  readonly currency: Currency
}

export function stateMonth(
  of: OrganizationMonth,
  arrangements: readonly Arrangement[],
  { lines, currency }: BilledMonth,
): SlaStatement {
  const { sla, month, time, exclusions, contractVersion, judgedToMs } = of
  const base = slaBase({ base: sla.form === 'none' ? 'recurring' : sla.base, month, arrangements, lines })
  const report = reportOn(time, { sla, base, minorDigits: currency.minorDigits })
  return { report, sla, currency, exclusions, contractVersion, judgedToMs }
}

export interface StatementQuestion {
  readonly organizationId: string
  readonly month: string
  readonly nowMs: number
}

/** The report of a month that is not closed, by what is known now. */
export async function openStatement(
  db: Kysely<Schema>,
  agreements: Agreements,
  question: StatementQuestion,
): Promise<SlaStatement> {
  const { arrangements } = await agreements.of(db, question.organizationId)
  const of = await organizationMonth(db, agreements, { ...question, arrangements })
  return stateMonth(of, arrangements, await billedMonth(db, agreements, question))
}

/** The lines of the invoice of a closed month, else of its draft. */
export async function billedMonth(
  db: Kysely<Schema>,
  agreements: Agreements,
  { organizationId, month, nowMs }: StatementQuestion,
): Promise<BilledMonth> {
  const document = (await isClosedMonth(db, organizationId, month))
    ? (await invoiceOfMonth(db, organizationId, month))?.document
    : await draftOf(db, agreements, { organizationId, month, nowMs })
  if (document !== undefined) return { lines: document.lines, currency: document.currency }
  const { contract } = versionAt(await agreements.versions(db), monthSpan(month).endMs - 1)
  return { lines: [], currency: contract.currency }
}

async function draftOf(
  db: Kysely<Schema>,
  agreements: Agreements,
  { organizationId, month, nowMs }: StatementQuestion,
) {
  const organization = await findOrganization(db, organizationId)
  if (organization === undefined) return undefined
  const readUsage: ReadUsage = async asked => monthUsage(db, asked.organizationId, asked.month, asked.nowMs)
  const invoicing = { agreements, testClock: false, readUsage }
  const drafts = await draftInvoices(db, invoicing, organization, nowMs)
  return drafts.find(draft => draft.month === month)
}
