import { createHmac, generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { SignJWT, exportJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApp, type TestUpstream, type TestWeir } from './harness.ts'
import { answerOk, startTestWeir, startUpstream } from './harness.ts'
import { ask, head } from './raw-client.ts'
import { outcomesOf, requestsOf } from './recorded.ts'

/** The ways in which a contract can ask who calls, other than chat.yaml's. */
const authContract = readFileSync(new URL('../../contracts/auth.yaml', import.meta.url), 'utf8')
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
let upstream: TestUpstream

beforeAll(async () => {
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  upstream = await startUpstream((request, response) => {
    if (request.url === '/jwks') response.end(JSON.stringify({ keys: [jwk] }))
    else answerOk(request, response)
  })
})

afterAll(() => upstream.close())

interface Told {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

async function told(response: Response): Promise<Told> {
  expect(response.status).toBe(200)
  return (await response.json()) as Told
}

async function refusal(response: Response): Promise<string> {
  return `${response.status} ${((await response.json()) as { code: string }).code}`
}

describe('an API whose tokens are signed by the provider (auth.yaml)', () => {
  let weir: TestWeir
  let app: TestApp

  beforeAll(async () => {
    const contract = () => authContract.replace('http://127.0.0.1:4100/jwks', `${upstream.url}/jwks`)
    weir = await startTestWeir({ upstream: upstream.url, contract })
    app = await weir.newApp({ plan: 'launch' })
  })
  afterAll(() => weir.stop())

  const sign = (claims: Record<string, unknown>) =>
    new SignJWT({ iss: 'http://127.0.0.1:4100', sub: 'ann', azp: app.id, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .sign(privateKey)
  const present = (authorization: string) =>
    app.call('/userinfo', { claims: null, headers: { authorization: `Bearer ${authorization}` } })

  it('takes one that names the app, by its id or its key', async () => {
    for (const azp of [app.id, app.apiKey]) {
      expect((await told(await present(await sign({ azp })))).headers['weir-user']).toBe('ann')
    }
  })

  it('refuses one that names another app, none, or another issuer', async () => {
    const other = await weir.newApp({ plan: 'launch' })
    for (const claims of [{ azp: other.id }, { azp: undefined }, { azp: [app.id] }, { iss: 'elsewhere' }]) {
      expect(await refusal(await present(await sign(claims)))).toBe('401 invalid-token')
    }
  })

  it('refuses an HMAC made with the public key or the app’s secret', async () => {
    const claims = { iss: 'http://127.0.0.1:4100', sub: 'ann', azp: app.id }
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    for (const secret of [publicKey.export({ type: 'spki', format: 'pem' }), app.secret]) {
      const signed = `${part({ alg: 'HS256', kid: 'one' })}.${part(claims)}`
      const token = `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
      expect(await refusal(await present(token))).toBe('401 invalid-token')
    }
  })

  it('an endpoint marked (no token) asks for the key alone, and a token there makes no user', async () => {
    for (const claims of [null, { user_id: 'ann', server: true }]) {
      const { headers } = await told(await app.call('/token', { method: 'POST', claims }))
      expect(headers).toMatchObject({ 'weir-endpoint': 'Token', 'weir-platform': 'web' })
      expect(headers['weir-user']).toBeUndefined()
    }
    const url = `${weir.weir.gatewayUrl}/token`
    expect(await refusal(await fetch(url, { method: 'POST' }))).toBe('401 missing-api-key')
    expect(await refusal(await app.call('/userinfo', { claims: null }))).toBe('401 missing-token')
  })

  it('what the contract does not name is forwarded and counted under `unmatched`', async () => {
    const other = await weir.newApp({ plan: 'launch', limits: { app: { Other: 90 } } })
    const token = await sign({ azp: other.id })
    const call = (path: string, method = 'GET') =>
      other.call(path, { method, claims: null, headers: { authorization: token } })
    const response = await call('/no/such?x=1', 'PATCH')
    expect(response.headers.get('x-ratelimit-limit')).toBe('90')
    expect(await told(response)).toMatchObject({
      url: '/no/such?x=1',
      headers: { 'weir-endpoint': 'Other', 'weir-user': 'ann' },
    })
    // Nothing is a 405 or 404 when all is forwarded, but a path that could be read in two ways still is a 400.
    await told(await call('/userinfo', 'DELETE'))
    const dots = head('GET /a/%2e%2e/b', { 'x-api-key': other.apiKey, authorization: token })
    expect((await ask(weir.weir.gatewayUrl, dots)).status).toBe(400)
    expect(await outcomesOf(weir, other, 3)).toEqual({ served: 2, refused: 1 })
    const served = requestsOf(weir, other).filter(({ outcome }) => outcome === 'served')
    expect(new Set(served.map(({ endpoint }) => endpoint))).toEqual(new Set(['Other']))
  })
})

it('while the key set cannot be fetched the client is told when it is tried again', async () => {
  const contract = () => authContract.replace('http://127.0.0.1:4100/jwks', 'http://127.0.0.1:9/jwks')
  const weir = await startTestWeir({ upstream: upstream.url, contract, settings: { threads: 1 } })
  try {
    const app = await weir.newApp({ plan: 'launch' })
    const token = await new SignJWT({ sub: 'ann' })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .sign(privateKey)
    for (let i = 0; i < 2; i++) {
      const response = await app.call('/userinfo', { claims: null, headers: { authorization: token } })
      const retryAfter = Number(response.headers.get('retry-after'))
      expect(await refusal(response)).toBe('503 keys-unreachable')
      // A minute from the fetch that failed, less what has passed of it.
      expect(retryAfter).toBeGreaterThan(20)
      expect(retryAfter).toBeLessThanOrEqual(60)
    }
  } finally {
    await weir.stop()
  }
})

describe('an API without tokens', () => {
  let weir: TestWeir
  let app: TestApp

  beforeAll(async () => {
    weir = await startTestWeir({
      upstream: upstream.url,
      contract: text =>
        text
          .replace(/ {2}token: \{ header: authorization.*\n/, '  token: none\n')
          .replace(/ {2}(userClaim|serverClaim):.*\n/g, '')
          .replace(/ {2}server: \{ token: server \}\n/, '')
          .replace('  user: 60', '  user: off'),
    })
    app = await weir.newApp()
  })
  afterAll(() => weir.stop())

  it('knows platforms by their headers, no user, and passes Authorization on', async () => {
    const headers = { 'x-client': 'iPadOS 18', authorization: 'Basic abc' }
    const seen = await told(await app.call('/app?authorization=mine', { claims: null, headers }))
    expect(seen).toMatchObject({
      url: '/app?authorization=mine',
      headers: { 'weir-platform': 'ios', authorization: 'Basic abc' },
    })
    expect(seen.headers['weir-user']).toBeUndefined()
  })

  it('shows the limits to whoever has the key', async () => {
    const response = await app.call('/rate_limits?ios=true&endpoints=GetApp', { claims: null })
    expect(response.status).toBe(200)
    const { ios } = (await response.json()) as { ios: { GetApp: { limit: number } } }
    expect(ios.GetApp.limit).toBe(1000)
  })
})
