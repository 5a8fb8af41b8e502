import { fromMinorUnits, minorUnits } from '../../core/exact/money.ts'
import type { InvoiceDocument } from '../../core/pricing/invoice-document.ts'
import { taxCategory } from './tax-numbers.ts'
import { type Xml, element } from './xml.ts'

/** Written anew from minor units, so that the decimals are the currency's whatever came in. */
export function amountOf({ currency }: InvoiceDocument, name: string, amount: string): Xml {
  const { code, minorDigits } = currency
  const text = fromMinorUnits(minorUnits(amount, minorDigits), minorDigits)
  return element(name, text, { currencyID: code })
}

/** The whole document has one category. Why nothing is taxed is said once, with the sum (BT-120). */
export function categoryOf({ tax }: InvoiceDocument, name: string, why?: string): Xml {
  const category = taxCategory(tax)
  const needsWords = category === 'E' || category === 'AE'
  return element(name, [
    element('cbc:ID', category),
    element('cbc:Percent', category === 'S' ? tax.percent : '0'),
    category === 'AE' && why !== undefined ? element('cbc:TaxExemptionReasonCode', 'VATEX-EU-AE') : null,
    needsWords && why !== undefined ? element('cbc:TaxExemptionReason', why) : null,
    element('cac:TaxScheme', [element('cbc:ID', 'VAT')]),
  ])
}
