import { describe, expect, it } from 'vitest'
import { ibanIn } from './iban.ts'
import { sampleInvoice } from './sample-invoices.ts'
import { vatNumber } from './tax-numbers.ts'
import { whyNoUbl } from './why-no-ubl.ts'

describe('a VAT number', () => {
  it.each([
    ['DE 136 695 976', 'DE', 'DE136695976'],
    ['el094259216', 'GR', 'EL094259216'],
    ['ATU12345678', 'AT', 'ATU12345678'],
    ['12-3456789', 'US', undefined],
    ['PL5260001246', 'DE', undefined],
  ])('%s of %s is %s', (taxId, country, expected) => {
    expect(vatNumber(taxId, country)).toBe(expected)
  })
})

describe('an IBAN', () => {
  it.each([
    ['To DE89 3704 0044 0532 0130 00, please', 'DE89370400440532013000'],
    ['IBAN: GB29NWBK60161331926819', 'GB29NWBK60161331926819'],
    ['To DE88 3704 0044 0532 0130 00', undefined],
    ['by card', undefined],
  ])('in %j is %s', (text, expected) => {
    expect(ibanIn(text)).toBe(expected)
  })
})

describe('why there is no UBL', () => {
  it('is said for each thing that is missing, with what to do', () => {
    const base = sampleInvoice({ taxRule: { kind: 'reverse-charge' } })
    const provider = base.provider && { ...base.provider, country: undefined, taxIds: [] }
    const customer = { ...base.customer, country: null, taxId: null }
    expect(whyNoUbl({ ...base, status: 'draft', number: null, provider, customer, lines: [] })).toEqual([
      'It is not final yet, so it has no number and no date (BR-02, BR-03): wait until it is closed.',
      'It has no line, and an electronic invoice has at least one (BR-16): nothing needs to be sent.',
      'The provider has no country (BR-09): add `provider.country` to the contract.',
      'The provider has no tax id (BR-CO-26): add `provider.taxIds` to the contract.',
      'The customer has no country (BR-11): set it in the organization’s billing details.',
    ])
  })

  it('of a final document says what can still be done, since nothing can be added to it', () => {
    const base = sampleInvoice({ taxRule: { kind: 'reverse-charge' } })
    const reasons = whyNoUbl({ ...base, customer: { ...base.customer, taxId: '5260001246' } })
    expect(reasons).toEqual([
      'Reverse charge needs the customer’s VAT number beginning with PL (BR-AE-02): set it in the organization’s billing details.',
      expect.stringMatching(
        /^That helps the documents to come\. This one is final .* credit note .* manual lines/,
      ),
    ])
  })

  it('is nothing when nothing is missing', () => {
    expect(whyNoUbl(sampleInvoice())).toEqual([])
  })
})
