import { isIP } from 'node:net'
import { isPublicAddress } from './public-address.ts'

/**
 * What is wrong with an address as a webhook's, in words; undefined: nothing. Where a name leads is found out when it
 * is connected to, each time.
 */
export function webhookUrlFlaw(text: string, allowPrivate: boolean): string | undefined {
  const url = URL.parse(text)
  if (!url) return 'Must be an address such as https://example.com/webhooks.'
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:')) {
    return 'Must begin with https://; Weir sends events over TLS alone.'
  }
  if (url.username || url.password) {
    return 'Must hold no user and no password: the signature proves who sends.'
  }
  if (url.hash) return 'Must have no fragment: it would not be sent.'
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) {
    return `${host} is no public address; whoever runs Weir can allow it with --allow-private-webhooks.`
  }
  return undefined
}
