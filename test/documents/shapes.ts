import type { InvoiceDocument } from '../../src/core/pricing/invoice-document.ts'
import type { InvoiceLine } from '../../src/core/pricing/invoice-line.ts'
import {
  OUTAGE_CREDIT,
  OVERAGE_LINE,
  PLAN_LINE,
  UNUSED_LINE,
  sampleInvoice,
} from '../../src/control-plane/documents/sample-invoices.ts'

interface Shape {
  readonly name: string
  readonly document: InvoiceDocument
  readonly hasUbl: boolean
}

const DRAFT = { status: 'draft', number: null, issuedOn: null, dueOn: null } as const

/** `amount` is both the price and the amount of one. */
export function manualLine(amount: string): InvoiceLine {
  return { ...PLAN_LINE, kind: 'manual', description: 'By hand', rate: null, interval: null, amount }
}

const HOSTILE_NAME = '=cmd|<b>&"\'"</b>\u0000\u0007\u001b[31m\u202egnp.exe שלום عالم 東京 \ud800'

const base = sampleInvoice()
const customer = { ...base.customer }

export const everyShape: readonly Shape[] = [
  { name: 'a plain invoice', document: base, hasUbl: true },
  {
    name: 'with credits',
    document: sampleInvoice({
      credits: [OUTAGE_CREDIT, { id: 'cr_2', amount: '3.10', reason: 'An answer that came late' }],
    }),
    hasUbl: true,
  },
  {
    name: 'used up by credits',
    document: sampleInvoice({ credits: [{ ...OUTAGE_CREDIT, amount: '9999.00' }] }),
    hasUbl: true,
  },
  { name: 'a draft', document: sampleInvoice(DRAFT), hasUbl: false },
  {
    name: 'awaiting approval',
    document: sampleInvoice({ ...DRAFT, status: 'awaiting-approval' }),
    hasUbl: false,
  },
  {
    name: 'a credit note',
    document: sampleInvoice({ kind: 'credit-note', corrects: '2026-0041', dueOn: null }),
    hasUbl: true,
  },
  {
    name: 'a credit note for no invoice in particular',
    document: sampleInvoice({ kind: 'credit-note', lines: [manualLine('5.00')] }),
    hasUbl: true,
  },
  { name: 'reverse charge', document: sampleInvoice({ taxRule: { kind: 'reverse-charge' } }), hasUbl: true },
  {
    name: 'reverse charge for a customer without a VAT number',
    document: sampleInvoice({
      taxRule: { kind: 'reverse-charge' },
      customer: { ...customer, taxId: '5260001246' },
    }),
    hasUbl: false,
  },
  {
    name: 'exempt, with credits',
    document: sampleInvoice({
      taxRule: { kind: 'exempt', reason: 'education, article 132' },
      credits: [OUTAGE_CREDIT],
    }),
    hasUbl: true,
  },
  {
    name: 'zero rate',
    document: sampleInvoice({ taxRule: { kind: 'rate', percent: '0' } }),
    hasUbl: true,
  },
  {
    name: 'yen, without decimals',
    document: sampleInvoice({ currencyCode: 'JPY', lines: [manualLine('105'), manualLine('1000001')] }),
    hasUbl: true,
  },
  {
    name: 'dinars, with three decimals',
    document: sampleInvoice({ currencyCode: 'KWD', lines: [manualLine('10.125')] }),
    hasUbl: false,
  },
  {
    name: 'two hundred lines',
    document: sampleInvoice({ lines: Array.from({ length: 200 }, () => OVERAGE_LINE) }),
    hasUbl: true,
  },
  {
    name: 'negative lines',
    document: sampleInvoice({ lines: [UNUSED_LINE, PLAN_LINE, manualLine('-7.77')] }),
    hasUbl: true,
  },
  { name: 'below zero as a whole', document: sampleInvoice({ lines: [UNUSED_LINE] }), hasUbl: true },
  {
    name: 'amounts of 10^12 minor units and more',
    document: sampleInvoice({ lines: [manualLine('10000000000.01'), manualLine('999999999999999999.99')] }),
    hasUbl: true,
  },
  {
    name: 'hostile names',
    document: sampleInvoice({
      customer: { ...customer, name: HOSTILE_NAME, legalName: HOSTILE_NAME, address: [HOSTILE_NAME] },
      lines: [{ ...PLAN_LINE, description: HOSTILE_NAME, because: [HOSTILE_NAME] }],
    }),
    hasUbl: true,
  },
  {
    name: 'an address of five lines',
    document: sampleInvoice({
      customer: { ...customer, address: ['Hall 3', 'Gate 4', 'ul. Piotrkowska 1', '90-001 Łódź', 'Łódzkie'] },
    }),
    hasUbl: true,
  },
  {
    name: 'a customer whose tax id is no VAT number',
    document: sampleInvoice({ customer: { ...customer, taxId: '5260001246' } }),
    hasUbl: true,
  },
  {
    name: 'a customer who told no more than the country',
    document: sampleInvoice({
      customer: { ...customer, legalName: null, address: [], taxId: null, email: null, purchaseOrder: null },
    }),
    hasUbl: true,
  },
  { name: 'no lines', document: sampleInvoice({ lines: [] }), hasUbl: false },
  {
    name: 'a customer without a country',
    document: sampleInvoice({ customer: { ...customer, country: null } }),
    hasUbl: false,
  },
  { name: 'no provider', document: sampleInvoice({ provider: null }), hasUbl: false },
  {
    name: 'a provider whose tax id is no VAT number',
    document: sampleInvoice({
      provider: base.provider && { ...base.provider, country: 'US', taxIds: ['12-3456789'] },
    }),
    hasUbl: true,
  },
]
