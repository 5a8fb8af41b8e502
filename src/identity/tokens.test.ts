import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, type JWK, SignJWT, exportJWK, exportSPKI, generateKeyPair } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Identity, TokenSource } from '../core/contract/contract.ts'
import { credentialHash } from './credentials.ts'
import { createTokenVerifier } from './tokens.ts'

const NOW_MS = Date.UTC(2026, 10, 21)
const now = NOW_MS / 1000
const app = { id: 'app_1', keyHashes: [credentialHash('key-1')], secret: 'a-secret-of-thirty-two-characters' }
const secretBytes = new TextEncoder().encode(app.secret)

const source: TokenSource = {
  header: 'authorization',
  query: undefined,
  algorithm: 'HS256',
  jwks: undefined,
  issuer: undefined,
  audience: undefined,
  appClaim: undefined,
}

function identity(token: Partial<TokenSource> = {}): Identity {
  return {
    apiKey: { header: 'x-api-key', query: undefined },
    token: { ...source, ...token },
    userClaim: 'user_id',
    serverClaim: 'server',
  }
}

function hs256(claims: Record<string, unknown>, secret = secretBytes, alg = 'HS256') {
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(secret)
}

async function verdict(token: string, using: Partial<TokenSource> = {}) {
  return createTokenVerifier(identity(using)).verify(token, app, NOW_MS)
}

describe('tokens signed with the app’s secret', () => {
  it.each([
    ['a user', { user_id: 'ann' }, { server: false, user: 'ann', expiresAtMs: undefined }],
    ['a user of 255 bytes', { user_id: 'ü'.repeat(127) + 'x' }, { user: 'ü'.repeat(127) + 'x' }],
    ['a server', { server: true }, { server: true, user: undefined }],
    ['a server for a user', { server: true, user_id: 'ann' }, { server: true, user: 'ann' }],
    ['an expiry to come', { user_id: 'ann', exp: now + 1 }, { expiresAtMs: (now + 1) * 1000 }],
    ['a start that has come', { user_id: 'ann', nbf: now }, { user: 'ann' }],
    ['claims nobody asked for', { user_id: 'ann', role: 'admin', server: 'true' }, { server: false }],
    ['a server claim that is 1', { user_id: 'ann', server: 1 }, { server: false }],
  ])('hold with %s', async (_, claims, facts) => {
    expect(await verdict(await hs256(claims))).toMatchObject({ ok: true, facts })
  })

  it.each([
    ['expired now', { user_id: 'ann', exp: now }, 'expired-token'],
    ['not valid yet', { user_id: 'ann', nbf: now + 1 }, 'invalid-token'],
    ['an expiry that is no number', { user_id: 'ann', exp: 'never' }, 'invalid-token'],
    ['no user', {}, 'missing-user-claim'],
    ['an empty user', { user_id: '' }, 'missing-user-claim'],
    ['a user of 256 bytes', { user_id: 'ü'.repeat(128) }, 'missing-user-claim'],
    ['a user that is a number', { user_id: 7 }, 'missing-user-claim'],
    ['a user that is no well-formed text', { user_id: '\ud800' }, 'missing-user-claim'],
    ['a server claim that is text', { server: 'true' }, 'missing-user-claim'],
    ['a server claim in an object', { server: [true] }, 'missing-user-claim'],
  ])('are refused with %s', async (_, claims, code) => {
    expect(await verdict(await hs256(claims))).toMatchObject({ ok: false, code })
  })

  it('are refused when another app’s secret signed them', async () => {
    const token = await hs256(
      { user_id: 'ann' },
      new TextEncoder().encode('another-secret-of-32-characters!'),
    )
    expect(await verdict(token)).toMatchObject({
      code: 'invalid-token',
      detail: 'the signature does not match',
    })
  })

  it('are refused with any algorithm but the contract’s, whatever the token says', async () => {
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"user_id":"ann"}').toString('base64url')}.`
    const long = new TextEncoder().encode('x'.repeat(64))
    for (const token of [none, await hs256({ user_id: 'ann' }, long, 'HS512')]) {
      expect(await verdict(token)).toMatchObject({ ok: false, code: 'invalid-token' })
    }
  })

  it.each(['', 'x', 'a.b.c', '....', 'ey.ey.ey', 'x'.repeat(20_000)])(
    'garbage is an invalid token: %#',
    async token => {
      expect(await verdict(token)).toMatchObject({ ok: false, code: 'invalid-token' })
    },
  )
})

describe('tokens signed with a key set', () => {
  let server: Server
  let jwks: string
  let keys: JWK[] = []
  let first: { privateKey: CryptoKey; publicKey: CryptoKey }

  beforeAll(async () => {
    first = await generateKeyPair('RS256')
    keys = [{ ...(await exportJWK(first.publicKey)), kid: 'first', alg: 'RS256' }]
    server = createServer((_, response) => response.end(JSON.stringify({ keys })))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    jwks = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`
  })

  afterAll(() => new Promise(resolve => server.close(resolve)))

  const rs256 = (claims: Record<string, unknown>, kid = 'first') =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(first.privateKey)

  const using = (more: Partial<TokenSource> = {}) => ({ algorithm: 'RS256', jwks, ...more }) as const

  it('hold, and say whose app they are for: by its id or one of its keys', async () => {
    for (const azp of ['app_1', 'key-1']) {
      const token = await rs256({ user_id: 'ann', azp })
      expect(await verdict(token, using({ appClaim: 'azp' }))).toMatchObject({ ok: true })
    }
    for (const claims of [{ azp: 'app_2' }, { azp: ['app_1'] }, {}]) {
      const token = await rs256({ user_id: 'ann', ...claims })
      expect(await verdict(token, using({ appClaim: 'azp' }))).toMatchObject({
        ok: false,
        code: 'invalid-token',
      })
    }
  })

  it('must come from the issuer and be for the audience that the contract names', async () => {
    const named = using({ issuer: 'https://issuer.example', audience: 'api' })
    const right = { user_id: 'ann', iss: 'https://issuer.example', aud: ['other', 'api'] }
    expect(await verdict(await rs256(right), named)).toMatchObject({ ok: true })
    for (const wrong of [{ iss: 'https://other.example' }, { aud: 'other' }, { iss: undefined }]) {
      expect(await verdict(await rs256({ ...right, ...wrong }), named)).toMatchObject({ ok: false })
    }
  })

  it('cannot be forged with the public key as a shared secret', async () => {
    const pem = new TextEncoder().encode(await exportSPKI(first.publicKey))
    expect(await verdict(await hs256({ user_id: 'ann' }, pem), using())).toMatchObject({
      code: 'invalid-token',
    })
    expect(await verdict(await hs256({ user_id: 'ann' }), using())).toMatchObject({ code: 'invalid-token' })
  })
})
