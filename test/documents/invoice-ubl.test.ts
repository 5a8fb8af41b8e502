import { describe, expect, it } from 'vitest'
import { invoiceUbl } from '../../src/control-plane/documents/invoice-ubl.ts'
import { OUTAGE_CREDIT } from '../../src/control-plane/documents/sample-invoices.ts'
import { sampleInvoice } from '../../src/control-plane/documents/sample-invoices.ts'
import { RULES, brokenRules } from './en16931.ts'
import { everyShape } from './shapes.ts'
import { readUbl } from './ubl-reader.ts'
import { VIOLATIONS } from './violations.ts'

const written = everyShape.filter(({ hasUbl }) => hasUbl)

describe('a UBL document', () => {
  it.each(written)('keeps every rule of EN 16931: $name', ({ document }) => {
    expect(readUbl(invoiceUbl(document), brokenRules)).toEqual([])
  })

  it.each(everyShape.filter(({ hasUbl }) => !hasUbl))('is refused with the reason: $name', ({ document }) => {
    expect(() => invoiceUbl(document)).toThrow(RangeError)
  })

  it('says what is billed, to whom, from whom, and how to pay', () => {
    const xml = invoiceUbl(sampleInvoice({ credits: [OUTAGE_CREDIT] }))
    const texts = (path: string) => readUbl(xml, ubl => ubl.texts(path))
    expect(texts('cbc:ID')).toEqual(['2026-0042'])
    expect(texts('cac:InvoicePeriod/*')).toEqual(['2026-04-01', '2026-04-30'])
    expect(texts('cac:OrderReference/cbc:ID')).toEqual(['PO-2026/117'])
    expect(texts('cac:AccountingSupplierParty//cac:PartyTaxScheme/cbc:CompanyID')).toEqual(['DE136695976'])
    expect(texts('cac:AccountingCustomerParty//cac:PostalAddress/*[1]')).toEqual(['ul. Piotrkowska 1'])
    expect(texts('cac:PaymentMeans/*')).toEqual(['30', '2026-0042', 'DE89370400440532013000'])
    expect(texts('cac:AllowanceCharge/cbc:Amount')).toEqual(['40.05'])
    expect(texts('cac:LegalMonetaryTotal/*')).toEqual(['710.05', '670.00', '797.30', '40.05', '797.30'])
    expect(texts('cac:InvoiceLine/cbc:InvoicedQuantity')).toEqual(['1', '2345'])
    expect(texts('cac:InvoiceLine/cac:Price/cbc:PriceAmount')).toEqual(['499.00', '0.09'])
  })

  it('names the invoice that a credit note takes back from', () => {
    const xml = invoiceUbl(sampleInvoice({ kind: 'credit-note', corrects: '2026-0041', dueOn: null }))
    readUbl(xml, ubl => {
      expect(ubl.root).toBe('CreditNote')
      expect(ubl.texts('cac:BillingReference//cbc:ID')).toEqual(['2026-0041'])
      expect(ubl.texts('cbc:CreditNoteTypeCode')).toEqual(['381'])
    })
  })

  it('carries the mark of a test’s clock', () => {
    const [note = ''] = readUbl(invoiceUbl(sampleInvoice({ testClock: true })), ubl => ubl.texts('cbc:Note'))
    expect(note).toContain('TEST CLOCK')
  })

  it('takes no text for markup, and writes only what XML can hold', () => {
    const name = '</cbc:Name>]]>&amp;<!-- " \' \u0000\u001b\ufffe\ud800 שלום 東京'
    const document = sampleInvoice()
    const xml = invoiceUbl({ ...document, customer: { ...document.customer, name } })
    const names = readUbl(xml, ubl => ubl.texts('cac:AccountingCustomerParty//cac:PartyName/cbc:Name'))
    expect(names).toEqual(['</cbc:Name>]]>&amp;<!-- " \' \ufffd\ufffd\ufffd\ufffd שלום 東京'])
  })
})

describe('the list of rules', () => {
  it('has a planted violation for each of its rules', () => {
    expect(Object.keys(VIOLATIONS).toSorted()).toEqual(RULES.map(({ id }) => id).toSorted())
  })

  it.each(Object.entries(VIOLATIONS))('%s can fail', (id, { of, from, to }) => {
    const xml = invoiceUbl(of())
    const broken = xml.replaceAll(from, to)
    expect(broken).not.toBe(xml)
    expect(readUbl(broken, brokenRules)).toContain(id)
  })
})
