/**
 * What counts as one peer: an IPv4 address, also when it comes mapped into IPv6; of an IPv6 address its /64,
 * because that is the least a single customer of a network gets.
 */
export function peerKey(address: string): string {
  if (!address.includes(':')) return address
  const [plain = ''] = address.split('%')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)
  return mapped ? mapped[1]! : `${groups(plain).slice(0, 4).join(':')}::/64`
}

/** The eight groups of an address as `node:net` writes it, without leading zeros. */
function groups(address: string): string[] {
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  // A dotted end (`::1.2.3.4`) stands for two groups; it lies past the /64 either way.
  const missing = tail === undefined ? 0 : 8 - left.length - right.length - (address.includes('.') ? 1 : 0)
  return [...left, ...Array.from({ length: missing }, () => '0'), ...right].map(group => group.toLowerCase())
}
