/** The first valid IBAN in a text, without spaces; its check digits (ISO 13616, ISO 7064 mod 97-10) are right. */
export function ibanIn(text: string): string | undefined {
  const words = text.toUpperCase().split(/[^A-Z0-9]+/)
  for (const [index, word] of words.entries()) {
    if (!/^[A-Z]{2}\d{2}/.test(word)) continue
    const followers = words.slice(index, index + MOST_GROUPS)
    const found = followers.map((_, end) => followers.slice(0, end + 1).join('')).find(isIban)
    if (found !== undefined) return found
  }
  return undefined
}

/** 34 characters at most, printed in groups of four. */
const MOST_GROUPS = 9

function isIban(text: string): boolean {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(text)) return false
  const turned = text.slice(4) + text.slice(0, 4)
  const digits = turned.replace(/[A-Z]/g, letter => String(letter.charCodeAt(0) - 55))
  return BigInt(digits) % 97n === 1n
}
