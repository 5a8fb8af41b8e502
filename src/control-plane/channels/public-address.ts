import { BlockList, isIPv4, isIPv6 } from 'node:net'

/**
 * Whether an IP address belongs to the public Internet, so that whoever names it reaches nothing of the provider's own
 * network. Of IPv4, all but the special-purpose blocks of the IANA registry; of IPv6, only global unicast (2000::/3) without its
 * special blocks, which leaves out loopback, local, mapped, NAT64 and multicast by not naming them. False for anything
 * that is no address.
 */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !special4.check(address, 'ipv4')
  // A scope after % only makes sense on one link.
  if (!isIPv6(address) || address.includes('%')) return false
  return global6.check(address, 'ipv6') && !special6.check(address, 'ipv6')
}

const special4 = blockList('ipv4', [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // shared by carriers
  '127.0.0.0/8', // loopback
  '168.63.129.16/32', // a cloud's host agent, outside of every private block
  '169.254.0.0/16', // link-local, and the metadata of most clouds
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
])

const global6 = blockList('ipv6', ['2000::/3'])

const special6 = blockList('ipv6', [
  '2001::/23', // protocol assignments, Teredo among them: it holds an IPv4 address
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4: it holds an IPv4 address
  '3fff::/20', // documentation
])

function blockList(family: 'ipv4' | 'ipv6', blocks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const block of blocks) {
    const [network = '', prefix] = block.split('/')
    list.addSubnet(network, Number(prefix), family)
  }
  return list
}
