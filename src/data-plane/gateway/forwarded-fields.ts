import { isIP } from 'node:net'
import type { ClientRequest } from './client-message.ts'
import { isHost } from './message-flaw.ts'
import type { TrustedProxies } from './trusted-proxies.ts'

/** What is known of the way a request took to Weir. */
export interface Way {
  /** The gateway's own port: what a client that no trusted proxy speaks for has used. */
  readonly scheme: 'http' | 'https'
  readonly proxies: TrustedProxies | undefined
}

/**
 * `x-forwarded-for`, `-host` and `-proto` for the upstream, as a flat list of names and values. The client's address
 * stands first; behind it the proxies that vouch for it, the nearest last. What nobody trusted has said is not passed on.
 */
export function forwardedFields(request: ClientRequest, { scheme, proxies }: Way): string[] {
  const peer = request.socket.remoteAddress
  const { host } = request.headers
  if (proxies === undefined || peer === undefined || !proxies.trusts(peer)) {
    return fieldsOf(peer, host, scheme)
  }
  const { headers } = request
  const proto = lastOf(headers['x-forwarded-proto'])?.toLowerCase()
  const forwardedHost = lastOf(headers['x-forwarded-host'])
  return fieldsOf(
    trustedChain(peer, textOf(headers['x-forwarded-for']), proxies),
    forwardedHost !== undefined && isHost(forwardedHost) ? forwardedHost : host,
    proto === 'http' || proto === 'https' ? proto : scheme,
  )
}

function fieldsOf(addresses: string | undefined, host: string | undefined, proto: string): string[] {
  const fields = ['x-forwarded-proto', proto]
  if (addresses !== undefined) fields.push('x-forwarded-for', addresses)
  if (host !== undefined) fields.push('x-forwarded-host', host)
  return fields
}

/**
 * Goes from the peer leftwards for as long as each address is a proxy's that is trusted: the one it ends at is the
 * client's. An entry that is no address ends the way too, because who wrote what stands left of it is unknown.
 */
function trustedChain(peer: string, entries: string, proxies: TrustedProxies): string {
  let chain = peer
  for (const entry of entries.split(',').toReversed()) {
    const address = addressOf(entry.trim())
    if (address === undefined) break
    chain = `${address}, ${chain}`
    if (!proxies.trusts(address)) break
  }
  return chain
}

/** An entry's address. Some proxies write the port too: `192.0.2.1:443`, `[2001:db8::1]:443`. */
function addressOf(entry: string): string | undefined {
  if (isPlainAddress(entry)) return entry
  const [, v6, v4] = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d{1,5})?$/.exec(entry) ?? []
  const address = v6 ?? v4
  return address !== undefined && isPlainAddress(address) ? address : undefined
}

/** A zone (`%eth0`) means something on the proxy's machine alone. */
function isPlainAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes('%')
}

function lastOf(value: string | string[] | undefined): string | undefined {
  return textOf(value).split(',').at(-1)?.trim()
}

function textOf(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(',') : (value ?? '')
}
