import type { Kysely } from 'kysely'
import { minorUnits, fromMinorUnits } from '../../core/exact/money.ts'
import type { CreditUse } from '../../core/pricing/apply-credits.ts'
import type { InvoiceDocument } from '../../core/pricing/invoice-document.ts'
import type { InvoiceLine } from '../../core/pricing/invoice-line.ts'
import { isoSecond } from '../../core/time/instant.ts'
import { monthSpan } from '../../core/time/month.ts'
import { closedMonthsOf } from '../../store/closed-months.ts'
import type { Organization } from '../../store/organizations.ts'
import type { Schema } from '../../store/schema.ts'
import type { BilledUsage } from '../usage/month-usage.ts'
import { factsOfMonth, type InvoicingDeps, openMonths, readUsages, reckonedMonths } from './month-facts.ts'
import { type NamedCredit, reckonMonth } from './reckon-month.ts'

/** How the draft of a month is asked for; it has no id of its own yet. */
function draftId(organizationId: string, month: string): string {
  return `draft-${organizationId}-${month}`
}

const DRAFT_ID = /^draft-(org_[0-9a-f]+)-(\d{4}-(?:0[1-9]|1[0-2]))$/

/** The organization and the month that a draft's id names; undefined: it is none. */
export function draftOf(id: string): { readonly organizationId: string; readonly month: string } | undefined {
  const [, organizationId, month] = DRAFT_ID.exec(id) ?? []
  return organizationId === undefined || month === undefined ? undefined : { organizationId, month }
}

/** Counts a month so far, on whatever thread. */
export type ReadUsage = (question: {
  readonly organizationId: string
  readonly month: string
  readonly nowMs: number
}) => Promise<BilledUsage>

/**
 * What the months that are not closed yet would cost if they closed now, oldest first: usage so far, fees of the whole
 * month. The oldest takes the credits first and holds the corrections, as it will when it closes.
 */
export async function draftInvoices(
  db: Kysely<Schema>,
  deps: InvoicingDeps & { readonly readUsage: ReadUsage },
  organization: Organization,
  nowMs: number,
): Promise<InvoiceDocument[]> {
  const { facts: agreed } = await deps.agreements.of(db, organization.id)
  const startMs = agreed.subscriptions[0]?.fromMs
  if (startMs === undefined || startMs > nowMs) return []
  const closed = await closedMonthsOf(db, organization.id)
  const open = openMonths({ startMs, endMs: nowMs + 1 }, closed)
  const drafts: InvoiceDocument[] = []
  let credits: NamedCredit[] | undefined
  for (const month of open) {
    const usages = await readUsages(reckonedMonths(closed, month), async each =>
      deps.readUsage({ organizationId: organization.id, month: each, nowMs }),
    )
    const id = draftId(organization.id, month)
    const facts = await factsOfMonth(db, deps, { id, organization, month, usages })
    const offered = credits ?? facts.credits
    const corrections = drafts.length === 0 ? facts.corrections : []
    const reckoned = reckonMonth({ ...facts, credits: offered, corrections })
    credits = leftAfter(offered, reckoned.credits, reckoned.document.currency.minorDigits)
    drafts.push(soFar(reckoned.document, nowMs))
  }
  return drafts
}

function leftAfter(
  credits: readonly NamedCredit[],
  uses: readonly CreditUse[],
  minorDigits: number,
): NamedCredit[] {
  const used = new Map(uses.map(({ id, amount }) => [id, minorUnits(amount, minorDigits)]))
  return credits.flatMap(credit => {
    const left = minorUnits(credit.amount, minorDigits) - (used.get(credit.id) ?? 0n)
    return left <= 0n ? [] : [{ ...credit, amount: fromMinorUnits(left, minorDigits) }]
  })
}

/** Overage is said to be what it is: a figure of the usage up to now, which late reports or more users change. */
function soFar(document: InvoiceDocument, nowMs: number): InvoiceDocument {
  const { endMs } = monthSpan(document.month)
  const words =
    nowMs < endMs
      ? `So far: usage up to ${isoSecond(nowMs)}; the month ends at ${isoSecond(endMs)}.`
      : `So far: usage as known at ${isoSecond(nowMs)}; the month is over but not closed.`
  const say = (line: InvoiceLine) =>
    line.kind === 'overage' ? { ...line, because: [...line.because, words] } : line
  return { ...document, lines: document.lines.map(say) }
}
