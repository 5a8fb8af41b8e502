import { describe, expect, it } from 'vitest'
import type { ClientRequest } from './client-message.ts'
import { forwardedFields } from './forwarded-fields.ts'
import { createTrustedProxies, readCidr } from './trusted-proxies.ts'

const proxies = createTrustedProxies(['10.0.0.0/8', '192.0.2.7', 'fd00::/8'])

/** What the upstream is told of a request from `peer`, as address chain, scheme and host. */
function told(peer: string, headers: Record<string, string>, scheme: 'http' | 'https' = 'http') {
  const request = { socket: { remoteAddress: peer }, headers: { host: 'api.test', ...headers } }
  const fields = forwardedFields(request as unknown as ClientRequest, { scheme, proxies })
  const value = (name: string) => fields[fields.indexOf(name) + 1]
  return [value('x-forwarded-for'), value('x-forwarded-proto'), value('x-forwarded-host')]
}

const chains: [why: string, peer: string, forwardedFor: string, chain: string][] = [
  ['nobody trusted speaks for the client', '198.51.100.1', '1.2.3.4', '198.51.100.1'],
  ['a proxy names its client', '10.0.0.1', '1.2.3.4', '1.2.3.4, 10.0.0.1'],
  ['a trusted proxy that names nobody is the client', '10.0.0.1', '', '10.0.0.1'],
  ['what the client itself claims is dropped', '10.0.0.1', '9.9.9.9, 1.2.3.4', '1.2.3.4, 10.0.0.1'],
  [
    'proxies behind proxies',
    '10.0.0.1',
    '1.2.3.4, 192.0.2.7,10.9.9.9',
    '1.2.3.4, 192.0.2.7, 10.9.9.9, 10.0.0.1',
  ],
  [
    'all of them trusted: the farthest is the client',
    '10.0.0.1',
    '10.0.0.3, 10.0.0.2',
    '10.0.0.3, 10.0.0.2, 10.0.0.1',
  ],
  ['a neighbour of a trusted address is not trusted', '192.0.2.8', '1.2.3.4', '192.0.2.8'],
  ['what is no address ends the way', '10.0.0.1', '1.2.3.4, unknown, 10.0.0.2', '10.0.0.2, 10.0.0.1'],
  ['an empty entry ends the way', '10.0.0.1', '1.2.3.4,', '10.0.0.1'],
  ['octal and short forms are no addresses', '10.0.0.1', '010.0.0.9', '10.0.0.1'],
  ['a zone is none of ours', '10.0.0.1', 'fe80::1%eth0', '10.0.0.1'],
  ['a port is left out', '10.0.0.1', '1.2.3.4:5678', '1.2.3.4, 10.0.0.1'],
  ['IPv6, with brackets and a port', 'fd00::1', '[2001:db8::1]:443', '2001:db8::1, fd00::1'],
  ['IPv6, plain', 'fd00::1', '2001:db8::1, fd00::2', '2001:db8::1, fd00::2, fd00::1'],
  ['IPv4 that is mapped into IPv6', '::ffff:10.0.0.1', '1.2.3.4', '1.2.3.4, ::ffff:10.0.0.1'],
]

describe('the client’s address', () => {
  it.each(chains)('%s', (_, peer, forwardedFor, chain) => {
    expect(told(peer, { 'x-forwarded-for': forwardedFor })[0]).toBe(chain)
  })
})

describe('scheme and host', () => {
  it.each([
    ['of a peer that is not trusted are those it used', '1.2.3.4', 'https', 'evil.test', 'http', 'api.test'],
    ['of a trusted proxy hold', '10.0.0.1', 'https', 'shop.test', 'https', 'shop.test'],
    ['are the nearest proxy’s', '10.0.0.1', 'http, HTTPS', 'a.test, b.test:81', 'https', 'b.test:81'],
    ['that are none are not taken', '10.0.0.1', 'gopher', 'a b/c', 'http', 'api.test'],
  ])('%s', (_, peer, proto, host, scheme, shown) => {
    const fields = { 'x-forwarded-proto': proto, 'x-forwarded-host': host }
    expect(told(peer, fields).slice(1)).toEqual([scheme, shown])
  })

  it('are the port’s where no proxy says otherwise', () => {
    expect(told('10.0.0.1', {}, 'https')[1]).toBe('https')
  })
})

describe('a network', () => {
  it.each(['10.0.0.0/8', '10.1.2.3', 'fd00::/8', '::1', '0.0.0.0/0', '::ffff:10.0.0.0/104'])(
    '%s is read',
    text => {
      expect(readCidr(text)).toBeDefined()
    },
  )
  it.each([
    '',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0/8',
    'proxy',
    '10.0.0.0/',
    '10.0.0.0/-1',
    'fe80::1%lo',
    '1/2/3',
  ])('"%s" is none', text => expect(readCidr(text)).toBeUndefined())
})
