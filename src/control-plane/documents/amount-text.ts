/** `"-1234567.50"` as people read it: `−1,234,567.50`. No float and no locale touches it. */
export function grouped(amount: string): string {
  const [whole = '', decimals] = amount.replace('-', '').split('.')
  const groups = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  const sign = amount.startsWith('-') ? '−' : ''
  return `${sign}${groups}${decimals === undefined ? '' : `.${decimals}`}`
}
