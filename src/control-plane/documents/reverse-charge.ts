import type { Provider } from '../../core/contract/contract.ts'
import type { Customer, InvoiceTax } from '../../core/pricing/invoice-document.ts'
import { customersVatNumber, providersVatNumber } from './tax-numbers.ts'

export interface TaxedParties {
  readonly tax: Pick<InvoiceTax, 'kind'>
  readonly customer: Pick<Customer, 'country' | 'taxId'>
  readonly provider: Provider | null
}

/**
 * What a reverse charge lacks, a sentence each with what to do; empty: nothing, or there is none. The recipient can owe
 * the tax only if it is known who that is: article 226 (3) and (4) of the VAT Directive 2006/112/EC want both numbers.
 */
export function reverseChargeGaps({ tax, customer, provider }: TaxedParties): string[] {
  if (tax.kind !== 'reverse-charge') return []
  const gaps: string[] = []
  const { country } = customer
  if (country === null) {
    gaps.push('Reverse charge needs the customer’s country: set `billing.country` of the organization.')
  }
  if (customersVatNumber(customer) === undefined) {
    const prefix = country === null ? 'its country' : country
    gaps.push(
      `Reverse charge needs the customer’s VAT number beginning with ${prefix}: set \`billing.taxId\` of the organization.`,
    )
  }
  // Without a provider there is neither PDF nor UBL: that is said where one is asked for.
  if (provider !== null && providersVatNumber(provider) === undefined) {
    const prefix = provider.country ?? 'its country'
    gaps.push(
      `Reverse charge needs the provider’s VAT number beginning with ${prefix}: add it, and the country, to \`provider\` of the contract.`,
    )
  }
  return gaps
}
