import { currencyOf } from '../../core/contract/currency.ts'
import { totalInvoice } from '../../core/pricing/invoice-total.ts'
import type { AppliedCredit, InvoiceDocument } from '../../core/pricing/invoice-document.ts'
import type { InvoiceLine } from '../../core/pricing/invoice-line.ts'
import type { TaxRule } from '../../core/pricing/tax.ts'

/** Documents for tests: one plain invoice, and whatever a test changes in it, with its sums reckoned anew. */
export function sampleInvoice(change: SampleChange = {}): InvoiceDocument {
  const {
    lines = [PLAN_LINE, OVERAGE_LINE],
    credits = [],
    taxRule = STANDARD,
    currencyCode,
    ...rest
  } = change
  const currency = currencyOf(currencyCode ?? 'EUR')
  if (currency === undefined) throw new Error(`no currency: ${currencyCode}`)
  const open = credits.map(credit => ({ ...credit, grantedMs: 0 }))
  const { subtotal, creditsApplied, taxable, tax, total } = totalInvoice({
    lines,
    credits: open,
    tax: taxRule,
    currency,
  })
  return {
    ...BASE,
    currency,
    lines,
    subtotal,
    creditsApplied: creditsApplied.map(({ id, amount }) => ({
      id,
      amount,
      reason: credits.find(credit => credit.id === id)?.reason ?? '',
    })),
    taxable,
    tax: {
      kind: taxRule.kind,
      percent: taxRule.kind === 'rate' ? taxRule.percent : '0',
      ...tax,
    },
    total,
    ...rest,
  }
}

export interface SampleChange extends Partial<
  Omit<InvoiceDocument, 'currency' | 'subtotal' | 'creditsApplied' | 'taxable' | 'tax' | 'total'>
> {
  readonly credits?: readonly AppliedCredit[]
  readonly taxRule?: TaxRule
  readonly currencyCode?: string
}

const STANDARD: TaxRule = { kind: 'rate', percent: '19' }

export const PLAN_LINE: InvoiceLine = {
  kind: 'plan',
  description: 'Plan Growth',
  quantity: 1,
  included: null,
  rate: '499.00',
  amount: '499.00',
  interval: 'monthly',
  because: ['A month at 499.00.', 'Contract version 3.'],
}

export const OVERAGE_LINE: InvoiceLine = {
  kind: 'overage',
  description: 'Overage: monthly active users',
  quantity: 12_345,
  included: 10_000,
  rate: '0.09',
  amount: '211.05',
  interval: null,
  because: ['12345 used, 10000 included: 2345 x 0.09 = 211.05.', 'Rounded half up: 211.05.'],
}

export const UNUSED_LINE: InvoiceLine = {
  kind: 'plan',
  description: 'Plan Start, 2026-04-01T00:00:00Z to 2026-04-11T00:00:00Z, unused',
  quantity: 1,
  included: null,
  rate: '99.00',
  amount: '-33.00',
  interval: 'monthly',
  because: ['99.00 x 864000 / 2592000 seconds = 33, given back.'],
}

export const OUTAGE_CREDIT: AppliedCredit = {
  id: 'cr_1',
  amount: '40.05',
  reason: 'Uptime of 2026-03 was 99.97300 %, below 99.99000 %',
}

const BASE: Omit<
  InvoiceDocument,
  'currency' | 'lines' | 'subtotal' | 'creditsApplied' | 'taxable' | 'tax' | 'total'
> = {
  id: 'inv_01',
  kind: 'invoice',
  status: 'final',
  number: '2026-0042',
  month: '2026-04',
  issuedOn: '2026-05-02',
  dueOn: '2026-06-01',
  contractVersion: 3,
  testClock: false,
  provider: {
    legalName: 'Flußwehr GmbH',
    address: ['Am Kanal 7', '10115 Berlin'],
    country: 'DE',
    taxIds: ['DE 136 695 976'],
    email: 'billing@flusswehr.example',
    paymentTermsDays: 30,
    paymentInstructions: 'By bank transfer to DE89 3704 0044 0532 0130 00, naming the invoice’s number.',
  },
  customer: {
    organizationId: 'org_7',
    name: 'Acme Chat',
    legalName: 'Acme Chat Sp. z o.o.',
    address: ['ul. Piotrkowska 1', '90-001 Łódź'],
    country: 'PL',
    taxId: 'PL5260001246',
    email: 'ap@acme.example',
    purchaseOrder: 'PO-2026/117',
  },
  corrects: null,
  usage: { mau: 12_345, connections: 310 },
}
