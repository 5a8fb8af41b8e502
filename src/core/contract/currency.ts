import type { Currency } from './contract.ts'

/**
 * Decimal places of the minor unit where they are not two, from ISO 4217. Not asked of Intl, which says how
 * money is shown: it gives the forint none, but invoices in forint have two.
 */
const MINOR_DIGITS: ReadonlyMap<string, number> = new Map([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'
    .split(' ')
    .map(code => [code, 0] as const),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map(code => [code, 3] as const),
  ...'CLF UYW'.split(' ').map(code => [code, 4] as const),
])

export function currencyOf(code: string): Currency | undefined {
  if (!Intl.supportedValuesOf('currency').includes(code)) return undefined
  return { code, minorDigits: MINOR_DIGITS.get(code) ?? 2 }
}
