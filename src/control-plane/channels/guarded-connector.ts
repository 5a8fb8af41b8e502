import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns'
import { type LookupFunction, isIP } from 'node:net'
import { buildConnector } from 'undici'
import { isPublicAddress } from './public-address.ts'

/** Why nothing was sent: the name leads to an address that is not public. */
class PrivateAddressError extends Error {
  readonly code = 'PRIVATE_ADDRESS'
  constructor(host: string) {
    super(
      `${host} is no public address; only with --allow-private-webhooks does Weir send to private networks`,
    )
    this.name = 'PrivateAddressError'
  }
}

/**
 * Connects only to public addresses. The addresses that are checked are the ones that are connected to: no second
 * question to the name server lies between, whose answer could be another one. `lookup` is the system's if left out.
 */
export function guardedConnector(
  options: buildConnector.BuildOptions,
  lookup: typeof systemLookup = systemLookup,
): buildConnector.connector {
  const connect = buildConnector({ ...options, lookup: publicLookup(lookup) })
  return (target, callback) => {
    const host = target.hostname.replace(/^\[(.*)\]$/, '$1')
    // An address that stands in the URL is not looked up.
    if (isIP(host) !== 0 && !isPublicAddress(host)) return callback(new PrivateAddressError(host), null)
    connect(target, callback)
  }
}

function publicLookup(lookup: typeof systemLookup): LookupFunction {
  return (host: string, options: LookupOptions, callback) => {
    lookup(host, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      const allowed = error ? [] : addresses.filter(({ address }) => isPublicAddress(address))
      const [first] = allowed
      if (error) callback(error, '', 0)
      else if (first === undefined) callback(new PrivateAddressError(host), '', 0)
      else if (options.all) callback(null, allowed)
      else callback(null, first.address, first.family)
    })
  }
}
