import type { InvoiceDocument } from '../../core/pricing/invoice-document.ts'
import { customersVatNumber, providersVatNumber } from './tax-numbers.ts'

/**
 * What keeps a document from being written as UBL after EN 16931, each a sentence with what to do about it; empty: it
 * can be written. The rules in brackets are the norm's.
 */
export function whyNoUbl(document: InvoiceDocument): string[] {
  const missing = [...whyNotProvider(document), ...whyNotCustomer(document)]
  const isFinal = document.status === 'final'
  return [...whyNotYet(document), ...missing, ...(isFinal && missing.length > 0 ? [FINAL_WORDS] : [])]
}

/** What was missing when it was written cannot be added to it: to say so alone would be advice that never works. */
const FINAL_WORDS =
  'That helps the documents to come. This one is final and stays as it is: send its PDF or JSON, or take it back whole with a credit note and bill it anew with manual lines of a month that is open.'

function whyNotYet({ status, number, issuedOn, lines, currency }: InvoiceDocument): string[] {
  const reasons: string[] = []
  if (status !== 'final' || number === null || issuedOn === null) {
    reasons.push(
      'It is not final yet, so it has no number and no date (BR-02, BR-03): wait until it is closed.',
    )
  }
  if (lines.length === 0) {
    reasons.push(
      'It has no line, and an electronic invoice has at least one (BR-16): nothing needs to be sent.',
    )
  }
  if (currency.minorDigits > 2) {
    const { code, minorDigits } = currency
    reasons.push(
      `${code} has ${minorDigits} decimals and EN 16931 knows two at most (BR-DEC): send the PDF or the JSON.`,
    )
  }
  return reasons
}

function whyNotProvider({ provider }: InvoiceDocument): string[] {
  if (provider === null) {
    return ['The contract does not say who sells (BR-06): add `provider` with legalName, country and taxIds.']
  }
  const reasons: string[] = []
  if (provider.country === undefined) {
    reasons.push('The provider has no country (BR-09): add `provider.country` to the contract.')
  }
  if (provider.taxIds.length === 0) {
    reasons.push('The provider has no tax id (BR-CO-26): add `provider.taxIds` to the contract.')
  }
  return reasons
}

function whyNotCustomer({ customer, tax, provider }: InvoiceDocument): string[] {
  const reasons: string[] = []
  if (customer.country === null) {
    reasons.push('The customer has no country (BR-11): set it in the organization’s billing details.')
  }
  if (tax.kind !== 'reverse-charge') return reasons
  if (customer.country !== null && customersVatNumber(customer) === undefined) {
    reasons.push(
      `Reverse charge needs the customer’s VAT number beginning with ${customer.country} (BR-AE-02): set it in the organization’s billing details.`,
    )
  }
  if (provider?.country !== undefined && provider.taxIds.length > 0 && !providersVatNumber(provider)) {
    reasons.push(
      `Reverse charge needs the provider’s VAT number beginning with ${provider.country} (BR-AE-02): add it to \`provider.taxIds\`.`,
    )
  }
  return reasons
}
