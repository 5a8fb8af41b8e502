import { decimal } from '../../core/exact/decimal.ts'
import { compare, fraction, multiply } from '../../core/exact/fraction.ts'
import type { InvoiceDocument } from '../../core/pricing/invoice-document.ts'
import type { InvoiceLine } from '../../core/pricing/invoice-line.ts'
import { amountOf, categoryOf } from './ubl-amounts.ts'
import { type Xml, element } from './xml.ts'

/** A line whose quantity times price is exactly its amount, as EN 16931 reckons it, and whose note explains it. */
export function ublLine(document: InvoiceDocument, line: InvoiceLine, position: number): Xml {
  const isInvoice = document.kind === 'invoice'
  const { quantity, unitCode, price } = ublQuantity(line)
  const note = noteOf(line)
  return element(isInvoice ? 'cac:InvoiceLine' : 'cac:CreditNoteLine', [
    element('cbc:ID', String(position)),
    note === '' ? null : element('cbc:Note', note),
    element(isInvoice ? 'cbc:InvoicedQuantity' : 'cbc:CreditedQuantity', quantity, { unitCode }),
    amountOf(document, 'cbc:LineExtensionAmount', line.amount),
    element('cac:Item', [
      element('cbc:Name', line.description),
      categoryOf(document, 'cac:ClassifiedTaxCategory'),
    ]),
    element('cac:Price', [element('cbc:PriceAmount', price, { currencyID: document.currency.code })]),
  ])
}

interface UblQuantity {
  readonly quantity: string
  /** UNECE Rec 20: C62 is one, MON a month, ANN a year. */
  readonly unitCode: string
  /** Never below zero (BR-27). */
  readonly price: string
}

/**
 * What is beyond the included number, at its rate, where that is exactly the amount. A prorated fee, tiers and
 * packages have no such rate: there it is one, at the amount, and what is taken back is minus one.
 */
function ublQuantity({ kind, quantity, included, rate, amount, interval }: InvoiceLine): UblQuantity {
  const units = quantity - (included ?? 0)
  const isExact =
    rate !== null &&
    !rate.startsWith('-') &&
    compare(multiply(fraction(units), decimal(rate)), decimal(amount)) === 0
  const whole = interval === 'annual' ? 'ANN' : interval === 'monthly' ? 'MON' : 'C62'
  if (isExact && rate !== null) {
    return { quantity: String(units), unitCode: kind === 'overage' ? 'C62' : whole, price: rate }
  }
  const isBack = amount.startsWith('-')
  return { quantity: isBack ? '-1' : '1', unitCode: 'C62', price: isBack ? amount.slice(1) : amount }
}

function noteOf({ quantity, included, because }: InvoiceLine): string {
  const used = included === null ? [] : [`Used ${quantity}, of which ${included} are included.`]
  return [...used, ...because].join(' ')
}
