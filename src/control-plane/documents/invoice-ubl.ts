import type { InvoiceDocument } from '../../core/pricing/invoice-document.ts'
import { totalOf } from '../../core/exact/money.ts'
import { TEST_CLOCK_WORDS, isAboveZero, monthDays, paymentWords, usageWords } from './document-words.ts'
import { ibanIn } from './iban.ts'
import { amountOf, categoryOf } from './ubl-amounts.ts'
import { ublLine } from './ubl-line.ts'
import { customerParty, providerParty } from './ubl-parties.ts'
import { whyNoUbl } from './why-no-ubl.ts'
import { type Xml, element, xmlDocument } from './xml.ts'

/**
 * An invoice or a credit note in UBL 2.1 (ISO/IEC 19845), after EN 16931-1 and its binding in CEN/TS 16931-3-2. It
 * claims the norm alone, no profile of it. Throws a RangeError with the reasons that `whyNoUbl` tells.
 */
export function invoiceUbl(document: InvoiceDocument): string {
  const reasons = whyNoUbl(document)
  const { provider } = document
  if (reasons.length > 0 || provider === null) throw new RangeError(`no UBL: ${reasons.join(' ')}`)
  const name = document.kind === 'invoice' ? 'Invoice' : 'CreditNote'
  // The schema fixes the order of all that follows.
  const parts = [
    ...headParts(document),
    ...referenceParts(document),
    providerParty(provider),
    customerParty(document.customer),
    ...paymentParts(document),
    ...document.creditsApplied.map(({ amount, reason }) => allowance(document, amount, reason)),
    taxTotal(document),
    monetaryTotal(document),
    ...document.lines.map((line, index) => ublLine(document, line, index + 1)),
  ]
  return xmlDocument(element(name, parts, namespaces(name)))
}

const UBL = 'urn:oasis:names:specification:ubl:schema:xsd'

function namespaces(root: string): Readonly<Record<string, string>> {
  return {
    xmlns: `${UBL}:${root}-2`,
    'xmlns:cac': `${UBL}:CommonAggregateComponents-2`,
    'xmlns:cbc': `${UBL}:CommonBasicComponents-2`,
  }
}

/** UNCL 1001: a commercial invoice, a credit note. */
const TYPE_CODES = { invoice: '380', 'credit-note': '381' } as const

function headParts(document: InvoiceDocument): (Xml | null)[] {
  const { kind, number, issuedOn, dueOn, currency } = document
  const isInvoice = kind === 'invoice'
  return [
    element('cbc:CustomizationID', 'urn:cen.eu:en16931:2017'),
    element('cbc:ID', number ?? ''),
    element('cbc:IssueDate', issuedOn ?? ''),
    isInvoice && dueOn !== null ? element('cbc:DueDate', dueOn) : null,
    element(isInvoice ? 'cbc:InvoiceTypeCode' : 'cbc:CreditNoteTypeCode', TYPE_CODES[kind]),
    element('cbc:Note', noteWords(document)),
    element('cbc:DocumentCurrencyCode', currency.code),
  ]
}

function noteWords(document: InvoiceDocument): string {
  const testClock = document.testClock ? [`TEST CLOCK. ${TEST_CLOCK_WORDS}`] : []
  return [...testClock, usageWords(document)].join(' ')
}

function referenceParts({ month, customer, corrects, contractVersion }: InvoiceDocument): (Xml | null)[] {
  const { first, last } = monthDays(month)
  const order = customer.purchaseOrder
  return [
    element('cac:InvoicePeriod', [element('cbc:StartDate', first), element('cbc:EndDate', last)]),
    order === null ? null : element('cac:OrderReference', [element('cbc:ID', order)]),
    corrects === null
      ? null
      : element('cac:BillingReference', [
          element('cac:InvoiceDocumentReference', [element('cbc:ID', corrects)]),
        ]),
    element('cac:ContractDocumentReference', [element('cbc:ID', `contract version ${contractVersion}`)]),
  ]
}

/** UNCL 4461: 30 is a credit transfer. Other ways to pay stand in words alone. */
function paymentParts(document: InvoiceDocument): (Xml | null)[] {
  const instructions = document.provider?.paymentInstructions
  const iban = instructions === undefined ? undefined : ibanIn(instructions)
  const isOwed = document.kind === 'invoice' && isAboveZero(document.total)
  return [
    iban === undefined || !isOwed
      ? null
      : element('cac:PaymentMeans', [
          element('cbc:PaymentMeansCode', '30'),
          element('cbc:PaymentID', document.number ?? ''),
          element('cac:PayeeFinancialAccount', [element('cbc:ID', iban)]),
        ]),
    element('cac:PaymentTerms', [element('cbc:Note', paymentWords(document).join('\n'))]),
  ]
}

function allowance(document: InvoiceDocument, amount: string, reason: string): Xml {
  return element('cac:AllowanceCharge', [
    element('cbc:ChargeIndicator', 'false'),
    element('cbc:AllowanceChargeReason', reason),
    amountOf(document, 'cbc:Amount', amount),
    categoryOf(document, 'cac:TaxCategory'),
  ])
}

function taxTotal(document: InvoiceDocument): Xml {
  const { tax, taxable } = document
  return element('cac:TaxTotal', [
    amountOf(document, 'cbc:TaxAmount', tax.amount),
    element('cac:TaxSubtotal', [
      amountOf(document, 'cbc:TaxableAmount', taxable),
      amountOf(document, 'cbc:TaxAmount', tax.amount),
      categoryOf(document, 'cac:TaxCategory', tax.words),
    ]),
  ])
}

function monetaryTotal(document: InvoiceDocument): Xml {
  const { subtotal, creditsApplied, taxable, total, currency } = document
  const credited = totalOf(
    creditsApplied.map(({ amount }) => amount),
    currency.minorDigits,
  )
  return element('cac:LegalMonetaryTotal', [
    amountOf(document, 'cbc:LineExtensionAmount', subtotal),
    amountOf(document, 'cbc:TaxExclusiveAmount', taxable),
    amountOf(document, 'cbc:TaxInclusiveAmount', total),
    creditsApplied.length === 0 ? null : amountOf(document, 'cbc:AllowanceTotalAmount', credited),
    amountOf(document, 'cbc:PayableAmount', total),
  ])
}
