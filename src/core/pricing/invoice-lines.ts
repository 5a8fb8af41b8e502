import type { Currency, UnitPrice } from '../contract/contract.ts'
import { shortDecimal } from '../exact/decimal.ts'
import { billed } from '../exact/money.ts'
import { isoSecond } from '../time/instant.ts'
import { monthSpan } from '../time/month.ts'
import { type Span, lengthMs } from '../time/span.ts'
import { allowanceOf, unitPrice } from './allowance.ts'
import { type AnnualCharge, annualCharges } from './annual.ts'
import type { Arrangement } from './arrangement.ts'
import type { InvoiceLine } from './invoice-line.ts'
import { UNITS, UNIT_WORDS, type Unit, overageOf } from './overage.ts'
import { type MonthlyPart, type RecurringFee, monthlyParts, proratedFee } from './recurring.ts'

export interface MonthFacts {
  /** `YYYY-MM`; invoices go by UTC, as MAU do. */
  readonly month: string
  readonly currency: Currency
  /** All that ever held, as `arrangementsOf` gives it: a year paid long ago still matters. */
  readonly arrangements: readonly Arrangement[]
  /** Of the whole organization in this month. */
  readonly usage: Readonly<Record<Unit, number>>
}

/** A month’s lines in reading order: plan, support plan, add-ons, overage. Manual lines and corrections follow them. */
export function invoiceLines(facts: MonthFacts): InvoiceLine[] {
  const { month, arrangements, currency } = facts
  const span = monthSpan(month)
  const fees = [
    ...monthlyParts(arrangements, month).map(part => ({ part, line: monthlyLine(part, span, currency) })),
    ...annualCharges(arrangements, span.endMs)
      .filter(({ atMs }) => atMs >= span.startMs)
      .map(part => ({ part, line: annualLine(part, currency) })),
  ]
  const ordered = fees.toSorted((a, b) => ORDER[a.part.kind] - ORDER[b.part.kind])
  return [...ordered.map(({ line }) => line), ...overageLines(facts)]
}

const ORDER = { plan: 0, 'support-plan': 1, 'add-on': 2 }
const KIND_WORDS = { plan: 'Plan', 'support-plan': 'Support plan', 'add-on': 'Add-on' }

function monthlyLine(part: MonthlyPart, month: Span, { minorDigits }: Currency): InvoiceLine {
  const fee = proratedFee(part.amount, part, month)
  const amount = billed(fee, minorDigits)
  const isWhole = lengthMs([part]) === lengthMs([month])
  const share = `${lengthMs([part]) / 1000} / ${lengthMs([month]) / 1000} seconds`
  return feeLine(part, isWhole ? undefined : part, amount, [
    isWhole
      ? `A month at ${part.amount}.`
      : `${part.amount} x ${share} = ${shortDecimal(fee)}, rounded half up: ${amount}.`,
    versionWords(part),
  ])
}

function annualLine(charge: AnnualCharge, { minorDigits }: Currency): InvoiceLine {
  const { amountDue, paid, year } = charge
  const amount = billed(amountDue, minorDigits)
  const isWhole = lengthMs([paid]) === lengthMs([year])
  const share = `${lengthMs([paid]) / 1000} / ${lengthMs([year]) / 1000} seconds`
  const what = amountDue.numerator < 0n ? 'unused part of a year, given back' : 'rest of the paid year'
  return feeLine({ ...charge, interval: 'annual' }, paid, amount, [
    isWhole
      ? `A year ahead at ${charge.amount}.`
      : `The ${what}: ${charge.amount} x ${share} = ${shortDecimal(amountDue)}, rounded half up: ${amount}.`,
    versionWords(charge),
  ])
}

function feeLine(
  fee: RecurringFee,
  span: Span | undefined,
  amount: string,
  because: readonly string[],
): InvoiceLine {
  const { kind, name, interval } = fee
  const over = span === undefined ? '' : `, ${isoSecond(span.startMs)} to ${isoSecond(span.endMs)}`
  const words = `${KIND_WORDS[kind]} ${name}${over}${amount.startsWith('-') ? ', unused' : ''}`
  return {
    kind,
    description: words,
    quantity: 1,
    included: null,
    rate: fee.amount,
    amount,
    interval,
    because,
  }
}

/**
 * The overage has the rates in force at the month’s end. Where there are none any more, the last ones that the
 * month had hold for the time in which there were some.
 */
function overageLines({ month, arrangements, usage, currency }: MonthFacts): InvoiceLine[] {
  const span = monthSpan(month)
  const held = arrangements.filter(({ startMs, endMs }) => startMs < span.endMs && endMs > span.startMs)
  const last = held.findLast(({ plan }) => plan.overage !== 'none')
  if (last === undefined || last.plan.overage === 'none') return []
  const prices = { mau: priceOf(held, 'mau'), connections: priceOf(held, 'connections') }
  const allowances = {
    mau: allowanceOf(held, month, 'mau'),
    connections: allowanceOf(held, month, 'connections'),
  }
  const { charges, because } = overageOf({
    includes: { mau: allowances.mau.included, connections: allowances.connections.included },
    billedShare: { mau: allowances.mau.billedShare, connections: allowances.connections.billedShare },
    overage: { ...prices, charge: last.plan.overage.charge },
    usage,
  })
  const reasons = [...UNITS.flatMap(unit => allowances[unit].because), ...because]
  return charges.map(({ unit, used, included, charge }) => {
    const amount = billed(charge, currency.minorDigits)
    return {
      kind: 'overage',
      description: `Overage: ${UNIT_WORDS[unit]}`,
      quantity: used,
      included,
      rate: rateOf(prices[unit]),
      amount,
      interval: null,
      because: [...reasons, `Rounded half up: ${amount}.`, versionWords(last)],
    }
  })
}

function priceOf(held: readonly Arrangement[], unit: Unit): UnitPrice | undefined {
  return held.map(arrangement => unitPrice(arrangement, unit)).findLast(price => price !== undefined)
}

/** Of one unit. A package has a price of its own, which `because` says. */
function rateOf(price: UnitPrice | undefined): string | null {
  return price?.kind === 'unit' ? price.price : null
}

function versionWords({ contractVersion }: { readonly contractVersion: number }): string {
  return `Contract version ${contractVersion}.`
}
