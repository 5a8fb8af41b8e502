import type { Kysely } from 'kysely'
import { fromMinorUnits, minorUnits } from '../../core/exact/money.ts'
import { correctionLines } from '../../core/pricing/corrections.ts'
import type { InvoiceLine } from '../../core/pricing/invoice-line.ts'
import { monthSpan, monthsOf } from '../../core/time/month.ts'
import type { Span } from '../../core/time/span.ts'
import type { ClosedMonth } from '../../store/closed-months.ts'
import { creditsOf, type UsedCredit } from '../../store/credits.ts'
import { correctionsOf, invoiceOfMonth } from '../../store/invoices.ts'
import { invoicingSettingsOf } from '../../store/invoicing-settings.ts'
import { manualLinesOf } from '../../store/manual-lines.ts'
import { memberNames } from '../../store/members.ts'
import type { Organization } from '../../store/organizations.ts'
import type { Schema } from '../../store/schema.ts'
import type { BilledUsage } from '../usage/month-usage.ts'
import { type Agreements, type PricedVersion, versionAt } from './agreement.ts'
import {
  type Correction,
  type MonthToReckon,
  type NamedCredit,
  type NamedLine,
  ownLines,
} from './reckon-month.ts'

export interface InvoicingDeps {
  readonly agreements: Agreements
  /** Every invoice says whether Weir ran on a test's clock. */
  readonly testClock: boolean
}

/** How many closed months before the one that closes are looked at again for usage that came late. */
const CORRECTED_MONTHS = 3

/** What was measured, by month. */
export type Usages = ReadonlyMap<string, BilledUsage>

/** The months of a span that are not closed, ascending. */
export function openMonths(span: Span, closed: readonly ClosedMonth[]): string[] {
  const months = new Set(closed.map(({ month }) => month))
  return monthsOf(span).filter(month => !months.has(month))
}

/** A month, and those of `closed` (newest first) before it that may still be put right. */
export function reckonedMonths(closed: readonly ClosedMonth[], month: string): string[] {
  const earlier = closed.map(each => each.month).filter(each => each < month)
  return [month, ...earlier.slice(0, CORRECTED_MONTHS)]
}

/**
 * The usage of these months, read ahead of the transaction that bills it, by `read`, on another thread: it may take long,
 * and what comes in between is a correction a month later.
 */
export async function readUsages(
  months: readonly string[],
  read: (month: string) => Promise<BilledUsage>,
): Promise<Usages> {
  const usages = new Map<string, BilledUsage>()
  for (const each of months) usages.set(each, await read(each))
  return usages
}

/** Everything that a month's invoice depends on. */
export async function factsOfMonth(
  db: Kysely<Schema>,
  { agreements, testClock }: InvoicingDeps,
  wanted: {
    readonly id: string
    readonly organization: Organization
    readonly month: string
    readonly usages: Usages
  },
): Promise<MonthToReckon> {
  const { id, organization, month, usages } = wanted
  const { arrangements } = await agreements.of(db, organization.id)
  const versions = await agreements.versions(db)
  const version = versionAt(versions, monthSpan(month).endMs - 1)
  const { currency } = version.contract
  const facts: MonthToReckon = {
    id,
    organization,
    month,
    arrangements,
    version,
    usage: usages.get(month) ?? { mau: 0, connections: 0 },
    manualLines: await namedLines(db, { organizationId: organization.id, month, currency: currency.code }),
    corrections: [],
    credits: openCredits(await creditsOf(db, organization.id), currency),
    settings: await invoicingSettingsOf(db, organization.id),
    testClock,
  }
  return { ...facts, corrections: await correctionsFor(db, facts, usages, versions) }
}

async function namedLines(
  db: Kysely<Schema>,
  wanted: { readonly organizationId: string; readonly month: string; readonly currency: string },
): Promise<NamedLine[]> {
  const lines = await manualLinesOf(db, wanted.organizationId, wanted.month)
  const billed = lines.filter(({ currency }) => currency === wanted.currency)
  const nameOf = await memberNames(
    db,
    billed.map(({ author }) => author),
  )
  return billed.map(line => ({ ...line, authorName: nameOf(line.author) }))
}

/** What is left of each credit in a currency, above zero. */
export function openCredits(
  credits: readonly UsedCredit[],
  currency: { readonly code: string; readonly minorDigits: number },
): NamedCredit[] {
  const units = (amount: string) => minorUnits(amount, currency.minorDigits)
  return credits.flatMap(({ id, amount, uses, reason, grantedMs, currency: code }) => {
    const left = uses.reduce((rest, use) => rest - units(use.amount), units(amount))
    if (code !== currency.code || left <= 0n) return []
    return [{ id, grantedMs, reason, amount: fromMinorUnits(left, currency.minorDigits) }]
  })
}

/** Late facts alone: fees, terms and prices of a closed month cannot change, so only usage makes a difference. */
async function correctionsFor(
  db: Kysely<Schema>,
  facts: MonthToReckon,
  usages: Usages,
  versions: readonly PricedVersion[],
): Promise<Correction[]> {
  const { organization, version } = facts
  const { currency } = version.contract
  const corrections: Correction[] = []
  for (const month of [...usages.keys()].filter(each => each < facts.month).toSorted()) {
    const priced = versionAt(versions, monthSpan(month).endMs - 1).contract
    // What was billed in another currency cannot be put right in this one.
    if (priced.currency.code !== currency.code) continue
    const closed = await invoiceOfMonth(db, organization.id, month)
    const lines = correctionLines({
      month,
      closed: (closed?.document.lines ?? []).filter(isOwn),
      now: ownLines({ ...facts, month, usage: usages.get(month) ?? facts.usage }),
      corrected: await correctionsOf(db, organization.id, month),
      currency,
    })
    corrections.push(...lines.map(line => ({ month, line })))
  }
  return corrections
}

function isOwn({ kind }: InvoiceLine): boolean {
  return kind !== 'manual' && kind !== 'correction'
}
