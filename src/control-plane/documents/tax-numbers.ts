import type { InvoiceTax, Customer } from '../../core/pricing/invoice-document.ts'
import type { Provider } from '../../core/contract/contract.ts'

/**
 * A VAT number as EN 16931 wants it (BR-CO-9): without spaces, beginning with the country's two letters, which for
 * Greece are EL. A number of another form is a tax id of some other kind, and undefined here.
 */
export function vatNumber(taxId: string, country: string): string | undefined {
  const compact = taxId.replace(/[\s.-]/g, '').toUpperCase()
  const prefix = country === 'GR' ? 'EL' : country
  return compact.startsWith(prefix) && /^[A-Z]{2}[A-Z0-9+*]{4,}$/.test(compact) ? compact : undefined
}

export function providersVatNumber({ taxIds, country }: Provider): string | undefined {
  if (country === undefined) return undefined
  return taxIds.map(id => vatNumber(id, country)).find(id => id !== undefined)
}

export function customersVatNumber({
  taxId,
  country,
}: Pick<Customer, 'taxId' | 'country'>): string | undefined {
  return taxId === null || country === null ? undefined : vatNumber(taxId, country)
}

/** UNCL 5305, of which EN 16931 takes these: standard rate, zero rate, exempt, reverse charge. */
export type TaxCategory = 'S' | 'Z' | 'E' | 'AE'

export function taxCategory({ kind, percent }: InvoiceTax): TaxCategory {
  if (kind === 'exempt') return 'E'
  if (kind === 'reverse-charge') return 'AE'
  return /^0+(\.0+)?$/.test(percent) ? 'Z' : 'S'
}
