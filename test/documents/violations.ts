import { OUTAGE_CREDIT, sampleInvoice } from '../../src/control-plane/documents/sample-invoices.ts'
import type { InvoiceDocument } from '../../src/core/pricing/invoice-document.ts'

/** One planted mistake for each rule: what in which document is replaced by what. */
export interface Violation {
  readonly of: () => InvoiceDocument
  readonly from: RegExp | string
  readonly to: string
}

const plain = () => sampleInvoice({ credits: [OUTAGE_CREDIT] })
const exempt = () =>
  sampleInvoice({ credits: [OUTAGE_CREDIT], taxRule: { kind: 'exempt', reason: 'education' } })
const zero = () => sampleInvoice({ credits: [OUTAGE_CREDIT], taxRule: { kind: 'rate', percent: '0' } })
const reverse = () => sampleInvoice({ credits: [OUTAGE_CREDIT], taxRule: { kind: 'reverse-charge' } })
const note = () => sampleInvoice({ kind: 'credit-note', corrects: '2026-0041' })

function without(name: string, of = plain): Violation {
  return { of, from: new RegExp(`<${name}[ >].*?</${name}>`, 'gs'), to: '' }
}

function within(parent: string, name: string, of = plain): Violation {
  return {
    of,
    from: new RegExp(`(<${parent}>(?:(?!</${parent}>).)*?)<${name}[ >].*?</${name}>`, 'gs'),
    to: '$1',
  }
}

/** Another amount in that element of that parent. */
function amount(parent: string, name: string, value: string, of = plain): Violation {
  const from = new RegExp(`(<${parent}>(?:(?!</${parent}>).)*?<${name}[^>]*>)[^<]*`, 'gs')
  return { of, from, to: `$1${value}` }
}

const SELLER = 'cac:AccountingSupplierParty'
const BUYER = 'cac:AccountingCustomerParty'
const TOTAL = 'cac:LegalMonetaryTotal'
const IDS = /<cac:PartyTaxScheme>.*?<\/cac:PartyTaxScheme>/gs

export const VIOLATIONS: Readonly<Record<string, Violation>> = {
  'BR-01': without('cbc:CustomizationID'),
  'BR-02': { of: plain, from: '<cbc:ID>2026-0042</cbc:ID><cbc:IssueDate>', to: '<cbc:IssueDate>' },
  'BR-03': without('cbc:IssueDate'),
  'BR-04': without('cbc:CreditNoteTypeCode', note),
  'BR-05': without('cbc:DocumentCurrencyCode'),
  'BR-06': within(SELLER, 'cbc:RegistrationName'),
  'BR-07': within(BUYER, 'cbc:RegistrationName'),
  'BR-08': within(SELLER, 'cac:PostalAddress'),
  'BR-09': within(SELLER, 'cac:Country'),
  'BR-10': within(BUYER, 'cac:PostalAddress'),
  'BR-11': within(BUYER, 'cac:Country'),
  'BR-12': within(TOTAL, 'cbc:LineExtensionAmount'),
  'BR-13': without('cbc:TaxExclusiveAmount'),
  'BR-14': without('cbc:TaxInclusiveAmount'),
  'BR-15': without('cbc:PayableAmount'),
  'BR-16': without('cac:InvoiceLine'),
  'BR-21': within('cac:InvoiceLine', 'cbc:ID'),
  'BR-22': without('cbc:CreditedQuantity', note),
  'BR-23': { of: plain, from: / unitCode="C62"/g, to: '' },
  'BR-24': within('cac:InvoiceLine', 'cbc:LineExtensionAmount'),
  'BR-25': within('cac:Item', 'cbc:Name'),
  'BR-26': without('cac:Price'),
  'BR-27': amount('cac:Price', 'cbc:PriceAmount', '-1.00'),
  'BR-29': amount('cac:InvoicePeriod', 'cbc:EndDate', '2026-03-31'),
  'BR-31': within('cac:AllowanceCharge', 'cbc:Amount'),
  'BR-32': within('cac:AllowanceCharge', 'cac:TaxCategory'),
  'BR-33': without('cbc:AllowanceChargeReason'),
  'BR-45': without('cbc:TaxableAmount'),
  'BR-46': within('cac:TaxSubtotal', 'cbc:TaxAmount'),
  'BR-47': within('cac:TaxSubtotal', 'cbc:ID'),
  'BR-48': within('cac:TaxSubtotal', 'cbc:Percent'),
  'BR-49': without('cbc:PaymentMeansCode'),
  'BR-50': within('cac:PayeeFinancialAccount', 'cbc:ID'),
  'BR-55': within('cac:InvoiceDocumentReference', 'cbc:ID', note),
  'BR-61': without('cac:PayeeFinancialAccount'),
  'BR-CO-04': without('cac:ClassifiedTaxCategory'),
  'BR-CO-09': { of: plain, from: 'DE136695976', to: '136695976' },
  'BR-CO-10': amount(TOTAL, 'cbc:LineExtensionAmount', '710.06'),
  'BR-CO-11': amount(TOTAL, 'cbc:AllowanceTotalAmount', '40.06'),
  'BR-CO-13': amount(TOTAL, 'cbc:TaxExclusiveAmount', '670.01'),
  'BR-CO-14': amount('cac:TaxTotal', 'cbc:TaxAmount', '127.31'),
  'BR-CO-15': amount(TOTAL, 'cbc:TaxInclusiveAmount', '797.31'),
  'BR-CO-16': amount(TOTAL, 'cbc:PayableAmount', '797.29'),
  'BR-CO-17': amount('cac:TaxSubtotal', 'cbc:TaxAmount', '127.31'),
  'BR-CO-18': without('cac:TaxSubtotal'),
  'BR-CO-25': { of: note, from: /<cac:PaymentTerms>.*?<\/cac:PaymentTerms>/gs, to: '' },
  'BR-CO-26': { of: plain, from: IDS, to: '' },
  'BT-131': amount('cac:Price', 'cbc:PriceAmount', '0.10'),
  'BR-DEC-01': amount('cac:AllowanceCharge', 'cbc:Amount', '40.050'),
  'BR-DEC-09': amount(TOTAL, 'cbc:LineExtensionAmount', '710.050'),
  'BR-DEC-10': amount(TOTAL, 'cbc:AllowanceTotalAmount', '40.050'),
  'BR-DEC-12': amount(TOTAL, 'cbc:TaxExclusiveAmount', '670.000'),
  'BR-DEC-13': amount('cac:TaxTotal', 'cbc:TaxAmount', '127.300'),
  'BR-DEC-14': amount(TOTAL, 'cbc:TaxInclusiveAmount', '797.300'),
  'BR-DEC-18': amount(TOTAL, 'cbc:PayableAmount', '797.300'),
  'BR-DEC-19': amount('cac:TaxSubtotal', 'cbc:TaxableAmount', '670.000'),
  'BR-DEC-20': amount('cac:TaxSubtotal', 'cbc:TaxAmount', '127.300'),
  'BR-DEC-23': amount('cac:InvoiceLine', 'cbc:LineExtensionAmount', '499.000'),
  ...Object.fromEntries(
    (
      [
        ['S', plain],
        ['Z', zero],
        ['E', exempt],
        ['AE', reverse],
      ] as const
    ).flatMap(([category, of]) => Object.entries(taxViolations(category, of))),
  ),
}

function taxViolations(category: string, of: () => InvoiceDocument): Record<string, Violation> {
  const isTaxed = category === 'S'
  const untaxed = category === 'E' || category === 'AE'
  return {
    [`BR-${category}-01`]: without('cac:TaxSubtotal', of),
    [`BR-${category}-02`]: { of, from: IDS, to: '' },
    [`BR-${category}-03`]: { of, from: IDS, to: '' },
    [`BR-${category}-05`]: amount('cac:ClassifiedTaxCategory', 'cbc:Percent', isTaxed ? '0' : '7', of),
    [`BR-${category}-06`]: amount('cac:AllowanceCharge', 'cbc:Percent', isTaxed ? '0.0' : '7', of),
    [`BR-${category}-08`]: amount('cac:TaxSubtotal', 'cbc:TaxableAmount', '670.01', of),
    [`BR-${category}-09`]: amount('cac:TaxSubtotal', 'cbc:TaxAmount', isTaxed ? '-127.30' : '0.01', of),
    [`BR-${category}-10`]: untaxed
      ? { of, from: /<cbc:TaxExemptionReason(Code)?>.*?<\/cbc:TaxExemptionReason(Code)?>/gs, to: '' }
      : {
          of,
          from: /(<cac:TaxSubtotal>.*?)(<cac:TaxScheme>)/gs,
          to: '$1<cbc:TaxExemptionReason>none</cbc:TaxExemptionReason>$2',
        },
  }
}
