import { generateKeyPairSync } from 'node:crypto'
import { type RequestListener, type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, type JWK, SignJWT, exportJWK, generateKeyPair } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Identity } from '../core/contract/contract.ts'
import { createKeySets } from './key-sets.ts'
import { createTokenVerifier } from './tokens.ts'

const NOW_MS = Date.UTC(2026, 10, 22)
const MINUTE_MS = 60_000
const app = { id: 'app_1', keyHashes: [], secret: 'a-secret-of-thirty-two-characters' }

interface TestKey {
  readonly jwk: JWK
  readonly sign: (fields?: { kid?: string; alg?: string }) => Promise<string>
}

let server: Server
let listener: RequestListener
/** Of the verifier made last. */
let path = ''
let verifiers = 0
let fetched = 0
/** Frozen; a test moves it on. */
let clockMs = 0
let ec: Record<'first' | 'second', TestKey>
let rsa: TestKey

beforeAll(async () => {
  server = createServer((request, response) => {
    // A fetch that an earlier test gave up may arrive only now.
    if (request.url === path) fetched++
    listener(request, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  ec = { first: await newKey('ES256', 'first'), second: await newKey('ES256', 'second') }
  rsa = await newKey('RS256', 'rsa')
})

beforeEach(() => {
  fetched = 0
  clockMs = 0
})

afterAll(
  () =>
    new Promise<void>(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
)

async function newKey(alg: string, kid: string): Promise<TestKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg)
  return keyOf(publicKey, privateKey, alg, kid)
}

async function keyOf(
  publicKey: CryptoKey,
  privateKey: CryptoKey,
  alg: string,
  kid: string,
): Promise<TestKey> {
  return {
    jwk: { ...(await exportJWK(publicKey)), kid },
    sign: fields =>
      new SignJWT({ user_id: 'ann' }).setProtectedHeader({ alg, kid, ...fields }).sign(privateKey),
  }
}

const serve =
  (...keys: JWK[]): RequestListener =>
  (_, response) =>
    void response.end(JSON.stringify({ keys }))

/** A verifier of its own, with a key set nobody has fetched yet. */
function verifier(algorithm: 'ES256' | 'RS256' = 'ES256', timeoutMs = 5000) {
  path = `/jwks-${++verifiers}`
  const jwks = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
  const identity: Identity = {
    apiKey: { header: 'x-api-key', query: undefined },
    token: {
      header: 'authorization',
      query: undefined,
      algorithm,
      jwks,
      issuer: undefined,
      audience: undefined,
      appClaim: undefined,
    },
    userClaim: 'user_id',
    serverClaim: 'server',
  }
  const tokens = createTokenVerifier(identity, createKeySets({ clock: () => clockMs, timeoutMs }))
  return {
    ...tokens,
    /** `ok`, or the code of the refusal. */
    async says(token: string): Promise<string> {
      const verdict = await tokens.verify(token, app, NOW_MS)
      return verdict.ok ? 'ok' : verdict.code
    },
    async detail(token: string): Promise<string> {
      const verdict = await tokens.verify(token, app, NOW_MS)
      return verdict.ok ? 'ok' : verdict.detail
    },
  }
}

describe('a token signed with a key of the set', () => {
  it.each(['ES256', 'RS256'] as const)(
    'holds with %s, and is checked again after a minute',
    async algorithm => {
      const key = algorithm === 'ES256' ? ec.first : rsa
      listener = serve(key.jwk)
      const verdict = await verifier(algorithm).verify(await key.sign(), app, NOW_MS)
      expect(verdict).toMatchObject({ ok: true, facts: { user: 'ann', recheckAtMs: NOW_MS + MINUTE_MS } })
    },
  )

  it('is refused with any algorithm but the contract’s, though the set has its key', async () => {
    listener = serve(ec.first.jwk, rsa.jwk)
    expect(await verifier('ES256').detail(await rsa.sign())).toBe('the token must be signed with ES256')
    expect(await verifier('RS256').detail(await ec.first.sign())).toBe('the token must be signed with RS256')
    expect(fetched).toBe(0)
  })

  it('may go without a kid while one key alone fits', async () => {
    const token = await ec.first.sign({ kid: undefined as unknown as string })
    listener = serve(ec.first.jwk, rsa.jwk)
    expect(await verifier().says(token)).toBe('ok')
    listener = serve(ec.first.jwk, ec.second.jwk)
    expect(await verifier().detail(token)).toContain('more than one key of the key set fits')
  })

  it('is refused when two keys have its kid: which one is meant is not guessed', async () => {
    listener = serve({ ...ec.second.jwk, kid: 'first' }, ec.first.jwk)
    expect(await verifier().detail(await ec.first.sign())).toContain('more than one key of the key set fits')
  })

  it('is refused when its key is of another curve', async () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    listener = serve({ ...(pair.publicKey.export({ format: 'jwk' }) as JWK), kid: 'first' })
    expect(await verifier().says(await ec.first.sign())).toBe('invalid-token')
  })

  it.each([
    [
      'short',
      async () => generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' }),
    ],
    [
      'private',
      async () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
    ],
    ['without its numbers', async () => ({ kty: 'RSA' })],
    ['a shared secret', async () => ({ kty: 'oct', k: 'c2VjcmV0' })],
  ])('is refused, and not held against the key server, when its key is %s', async (_, jwk) => {
    listener = serve({ ...((await jwk()) as JWK), kid: 'rsa' })
    expect(await verifier('RS256').says(await rsa.sign())).toBe('invalid-token')
  })
})

describe('a rotation', () => {
  it('takes a new key at the next fetch that is allowed', async () => {
    const tokens = verifier()
    listener = serve(ec.first.jwk)
    expect(await tokens.says(await ec.first.sign())).toBe('ok')
    listener = serve(ec.first.jwk, ec.second.jwk)
    clockMs = MINUTE_MS - 1
    expect(await tokens.says(await ec.second.sign())).toBe('invalid-token')
    clockMs = MINUTE_MS
    expect(await tokens.says(await ec.second.sign())).toBe('ok')
    expect(fetched).toBe(2)
  })

  it('ends the tokens of a key that was taken out', async () => {
    const tokens = verifier()
    listener = serve(ec.first.jwk)
    expect(await tokens.says(await ec.first.sign())).toBe('ok')
    listener = serve(ec.second.jwk)
    clockMs = MINUTE_MS
    expect(await tokens.says(await ec.second.sign())).toBe('ok')
    expect(await tokens.says(await ec.first.sign())).toBe('invalid-token')
  })

  it('is seen within five minutes though every token names the old key', async () => {
    const tokens = verifier()
    const answered = Promise.withResolvers<void>()
    listener = serve(ec.first.jwk)
    expect(await tokens.says(await ec.first.sign())).toBe('ok')
    listener = (request, response) => {
      response.once('close', answered.resolve)
      serve(ec.second.jwk)(request, response)
    }
    clockMs = 5 * MINUTE_MS
    // Nobody waits for the fetch that this one begins.
    expect(await tokens.says(await ec.first.sign())).toBe('ok')
    await answered.promise
    // Waits for that fetch if it is still being read.
    expect(await tokens.says(await ec.second.sign())).toBe('ok')
    expect(await tokens.says(await ec.first.sign())).toBe('invalid-token')
    expect(fetched).toBe(2)
  })
})

describe('a key set that cannot be read', () => {
  const broken: readonly (readonly [string, RequestListener])[] = [
    ['answers 500', (_, response) => void response.writeHead(500).end()],
    ['redirects', (_, response) => void response.writeHead(302, { location: '/elsewhere' }).end()],
    ['is not JSON', (_, response) => void response.end('<html>')],
    ['is no key set', (_, response) => void response.end('{"keys":7}')],
    ['is huge', (_, response) => void response.end(JSON.stringify({ keys: [], x: 'x'.repeat(300_000) }))],
    ['never answers', () => undefined],
    ['stops in the middle', (_, response) => void response.write('{"keys":[')],
    ['breaks off', request => void request.socket.destroy()],
  ]

  it.each(broken)('because it %s is asked once a minute, and the client is told when', async (_, listens) => {
    listener = listens
    const tokens = verifier('ES256', 200)
    for (let i = 0; i < 20; i++) {
      clockMs = i * 3000
      expect(await tokens.says(await ec.first.sign({ kid: `unknown-${i}` }))).toBe('keys-unreachable')
    }
    expect(fetched).toBe(1)
    expect(tokens.retryAfterMs()).toBe(MINUTE_MS - 57_000)
    clockMs = MINUTE_MS
    expect(tokens.retryAfterMs()).toBe(0)
    listener = serve(ec.first.jwk)
    expect(await tokens.says(await ec.first.sign())).toBe('ok')
    expect(fetched).toBe(2)
  })

  it('leaves the keys that were known, and says of others that it cannot tell', async () => {
    const tokens = verifier()
    listener = serve(ec.first.jwk)
    expect(await tokens.says(await ec.first.sign())).toBe('ok')
    listener = (_, response) => void response.writeHead(500).end()
    clockMs = MINUTE_MS
    expect(await tokens.says(await ec.second.sign())).toBe('keys-unreachable')
    clockMs = 60 * MINUTE_MS
    expect(await tokens.says(await ec.first.sign())).toBe('ok')
  })
})

it('a storm of key ids at once makes one fetch, before the set is known and after', async () => {
  const tokens = verifier()
  listener = serve(ec.first.jwk)
  const storm = async () =>
    new Set(
      await Promise.all(
        Array.from({ length: 50 }, async (_, i) => tokens.says(await ec.first.sign({ kid: `unknown-${i}` }))),
      ),
    )
  expect(await storm()).toEqual(new Set(['invalid-token']))
  expect(fetched).toBe(1)
  clockMs = MINUTE_MS
  expect(await storm()).toEqual(new Set(['invalid-token']))
  expect(await storm()).toEqual(new Set(['invalid-token']))
  expect(fetched).toBe(2)
})

it('contracts with the same URL share one key set', async () => {
  const sets = createKeySets({ clock: () => clockMs })
  expect(sets.of('https://keys.example/a')).toBe(sets.of('https://keys.example/a'))
  expect(sets.of('https://keys.example/a')).not.toBe(sets.of('https://keys.example/b'))
})
