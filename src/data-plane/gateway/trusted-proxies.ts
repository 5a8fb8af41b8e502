import { BlockList, isIP } from 'node:net'

/** The proxies whose word about a client holds. */
export interface TrustedProxies {
  trusts(address: string): boolean
}

/** `cidrs`: IPv4 and IPv6 networks as `readCidr` takes them; undefined if there are none. */
export function createTrustedProxies(cidrs: readonly string[]): TrustedProxies | undefined {
  if (cidrs.length === 0) return undefined
  const list = new BlockList()
  for (const cidr of cidrs) {
    const { address, prefix, family } = readCidr(cidr)!
    list.addSubnet(address, prefix, family)
  }
  return {
    trusts(address) {
      const version = isIP(address)
      // An IPv4 address that comes mapped into IPv6 is found among the IPv4 networks too.
      return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4')
    },
  }
}

/** Reads `10.0.0.0/8`, `fd00::/8`, or an address that stands for itself; undefined for anything else. */
export function readCidr(
  text: string,
): { address: string; prefix: number; family: 'ipv4' | 'ipv6' } | undefined {
  const [, address = '', digits] = /^([\da-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? []
  const version = isIP(address)
  if (version === 0) return undefined
  const longest = version === 6 ? 128 : 32
  const prefix = digits === undefined ? longest : Number(digits)
  return prefix > longest ? undefined : { address, prefix, family: version === 6 ? 'ipv6' : 'ipv4' }
}
