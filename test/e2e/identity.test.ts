import { createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TestApp, type TestUpstream, type TestWeir } from './harness.ts'
import { eventually, signToken, startTestWeir, startUpstream } from './harness.ts'
import { outcomesOf } from './recorded.ts'
import { type SocketUpstream, acceptRaw, closeCode } from './sockets.ts'
import { nextMessage, openSocket, startSocketUpstream } from './sockets.ts'

let upstream: TestUpstream
let weir: TestWeir
let app: TestApp

beforeAll(async () => {
  upstream = await startUpstream()
  weir = await startTestWeir({ upstream: upstream.url })
  app = await weir.newApp({ limits: { user: { GetApp: 'off' } } })
})

afterAll(async () => {
  await weir.stop()
  await upstream.close()
})

/** What the upstream says it was told. */
interface Told {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

async function told(response: Response): Promise<Told> {
  expect(response.status).toBe(200)
  return (await response.json()) as Told
}

async function refusal(response: Response): Promise<string> {
  const { code, status } = (await response.json()) as { code: string; status: number }
  expect(status).toBe(response.status)
  return `${response.status} ${code}`
}

const withToken = (token: string, headers: Record<string, string> = {}) =>
  app.call('/app', { claims: null, headers: { authorization: token, ...headers } })

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token whose header says what it likes. */
function forge(header: object, claims: object, secret: string, hash = 'sha256'): string {
  const signed = `${base64url(header)}.${base64url(claims)}`
  return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`
}

describe('the server platform', () => {
  it('is had by a claim that is exactly true, and then needs no user', async () => {
    const { headers } = await told(await app.call('/app', { claims: { server: true } }))
    expect(headers['weir-platform']).toBe('server')
    expect(headers['weir-user']).toBeUndefined()
    const named = await told(await app.call('/app', { claims: { server: true, user_id: 'ann' } }))
    expect(named.headers).toMatchObject({ 'weir-platform': 'server', 'weir-user': 'ann' })
  })

  it.each([['true'], ['TRUE'], [1], [{}], [{ server: true }], [[true]], ['server'], [null], [false]])(
    'is not had by the claim %j',
    async server => {
      const { headers } = await told(await app.call('/app', { claims: { user_id: 'ann', server } }))
      expect(headers['weir-platform']).toBe('web')
      expect(await refusal(await app.call('/app', { claims: { server } }))).toBe('401 missing-user-claim')
    },
  )

  it('is not had by a header or the query', async () => {
    const headers = { 'x-client': 'server', server: 'true', 'weir-platform': 'server', platform: 'server' }
    const seen = await told(await app.call('/app?server=true&platform=server', { headers }))
    expect(seen.headers['weir-platform']).toBe('web')
  })

  it('is not had by a claim of a parent object', async () => {
    const text = '{"user_id":"ann","__proto__":{"server":true}}'
    const signed = `${base64url({ alg: 'HS256' })}.${Buffer.from(text).toString('base64url')}`
    const signature = createHmac('sha256', app.secret).update(signed).digest('base64url')
    expect((await told(await withToken(`${signed}.${signature}`))).headers['weir-platform']).toBe('web')
  })
})

describe('a token that does not hold is a 401', () => {
  const claims = { user_id: 'ann' }
  const now = Math.floor(Date.now() / 1000)
  const cases: readonly [string, () => string | Promise<string>, string][] = [
    [
      'without a signature (alg none)',
      () => forge({ alg: 'none' }, claims, '').replace(/[^.]+$/, ''),
      'invalid-token',
    ],
    [
      'alg none with a good HS256 signature',
      () => forge({ alg: 'none' }, claims, app.secret),
      'invalid-token',
    ],
    ['alg nOnE', () => forge({ alg: 'nOnE' }, claims, app.secret), 'invalid-token'],
    [
      'HS512 with the right secret',
      () => forge({ alg: 'HS512' }, claims, app.secret, 'sha512'),
      'invalid-token',
    ],
    [
      'RS256 over an HMAC with the secret',
      () => forge({ alg: 'RS256' }, claims, app.secret),
      'invalid-token',
    ],
    ['alg in lower case', () => forge({ alg: 'hs256' }, claims, app.secret), 'invalid-token'],
    ['no alg', () => forge({}, claims, app.secret), 'invalid-token'],
    [
      'a key in its own header',
      () => forge({ alg: 'HS256', jwk: { kty: 'oct', k: 'YQ' } }, claims, 'a'),
      'invalid-token',
    ],
    [
      'a critical extension',
      () => forge({ alg: 'HS256', crit: ['x'], x: 1 }, claims, app.secret),
      'invalid-token',
    ],
    ['an empty secret', () => forge({ alg: 'HS256' }, claims, ''), 'invalid-token'],
    ['the API key as the secret', () => forge({ alg: 'HS256' }, claims, app.apiKey), 'invalid-token'],
    ['expired', () => app.token({ ...claims, exp: now - 1 }), 'expired-token'],
    ['exp that is text', () => app.token({ ...claims, exp: String(now + 60) }), 'invalid-token'],
    ['nbf in the future', () => app.token({ ...claims, nbf: now + 60 }), 'invalid-token'],
    ['no user claim', () => app.token({}), 'missing-user-claim'],
    ['the user under another claim', () => app.token({ sub: 'ann' }), 'missing-user-claim'],
    ['an empty user', () => app.token({ user_id: '' }), 'missing-user-claim'],
    ['a user of 256 bytes', () => app.token({ user_id: 'ü'.repeat(128) }), 'missing-user-claim'],
    ['a user that is a number', () => app.token({ user_id: 7 }), 'missing-user-claim'],
    ['a user that is a list', () => app.token({ user_id: ['ann'] }), 'missing-user-claim'],
    ['half a character as the user', () => app.token({ user_id: '\ud800' }), 'missing-user-claim'],
    ['no JWT', () => 'ann', 'invalid-token'],
  ]
  it.each(cases)('%s', async (_, token, code) => {
    const before = upstream.received.length
    const response = await withToken(await token())
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(await refusal(response)).toBe(`401 ${code}`)
    expect(upstream.received.length).toBe(before)
  })

  it('missing', async () => {
    expect(await refusal(await app.call('/app', { claims: null }))).toBe('401 missing-token')
    expect(await refusal(await withToken('Bearer '))).toMatch(/^401 /)
  })

  it('of another app, also when that app’s token was seen before', async () => {
    const other = await weir.newApp()
    const token = await other.token({ user_id: 'ann' })
    for (let i = 0; i < 4; i++) {
      await told(await other.call('/app', { claims: null, headers: { authorization: token } }))
      expect(await refusal(await withToken(token))).toBe('401 invalid-token')
    }
  })

  it('from the instant it expires, although it was seen before', async () => {
    const exp = Math.floor(Date.now() / 1000) + 2
    const token = await app.token({ user_id: 'ann', exp })
    expect((await withToken(token)).status).toBe(200)
    const status = async () => {
      const askedMs = Date.now()
      const answer = (await withToken(token)).status
      // Whatever was asked at or after the instant may not pass any more.
      if (askedMs >= exp * 1000) expect(answer).toBe(401)
      return answer
    }
    await eventually(status, answer => answer === 401, 4000)
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1000)
    expect(await refusal(await withToken(token))).toBe('401 expired-token')
  })
})

describe('credentials', () => {
  it('a token comes raw, with Bearer in any case, or in the query', async () => {
    const token = await app.token({ user_id: 'ann' })
    for (const text of [token, `Bearer ${token}`, `bearer ${token}`, `BEARER  ${token} `]) {
      expect((await told(await withToken(text))).headers['weir-user']).toBe('ann')
    }
    for (const text of [token, `Bearer%20${token}`, `Bearer+${token}`]) {
      const seen = await told(await app.call(`/app?authorization=${text}`, { claims: null }))
      expect(seen).toMatchObject({ url: '/app', headers: { 'weir-user': 'ann' } })
    }
  })

  it('a user id of 255 bytes holds; exp and nbf are not needed, unknown claims are ignored', async () => {
    const user = 'ü'.repeat(127) + 'x'
    const { headers } = await told(await app.call('/app', { claims: { user_id: user, aud: 'x', color: 7 } }))
    expect(decodeURIComponent(headers['weir-user']!)).toBe(user)
  })

  it('the header’s key and token win over the query’s', async () => {
    const other = await weir.newApp()
    const [ours, theirs] = [await app.token({ user_id: 'ann' }), await other.token({ user_id: 'bob' })]
    const query = `?api_key=${other.apiKey}&authorization=${theirs}`
    const seen = await told(
      await app.call(`/app${query}`, { claims: null, headers: { authorization: ours } }),
    )
    expect(seen).toMatchObject({ url: '/app', headers: { 'weir-app': app.id, 'weir-user': 'ann' } })
    const inQuery = await told(await fetch(`${weir.weir.gatewayUrl}/app${query}`))
    expect(inQuery).toMatchObject({ url: '/app', headers: { 'weir-app': other.id, 'weir-user': 'bob' } })
  })

  it('two keys in one request are no key', async () => {
    const other = await weir.newApp()
    const headers = new Headers({ authorization: await app.token({ user_id: 'ann' }) })
    for (const { apiKey } of [app, other]) headers.append('x-api-key', apiKey)
    expect(await refusal(await fetch(`${weir.weir.gatewayUrl}/app`, { headers }))).toBe('401 unknown-api-key')
  })

  it('a missing or unknown key is a 401', async () => {
    const url = `${weir.weir.gatewayUrl}/app`
    expect(await refusal(await fetch(url))).toBe('401 missing-api-key')
    expect(await refusal(await fetch(`${url}?api_key=`))).toBe('401 missing-api-key')
    const token = await signToken({ user_id: 'ann' }, app.secret)
    const headers = { authorization: token, 'x-api-key': `${app.apiKey}x` }
    expect(await refusal(await fetch(url, { headers }))).toBe('401 unknown-api-key')
  })
})

describe('a suspended app', () => {
  let suspended: TestApp
  let sockets: SocketUpstream
  let other: TestWeir

  beforeEach(async () => {
    sockets = await startSocketUpstream()
    other = await startTestWeir({ upstream: sockets.url })
    suspended = await other.newApp()
  })
  afterEach(async () => {
    await other.stop()
    await sockets.close()
  })
  const suspend = async () => {
    await other.control('POST', `/api/apps/${suspended.id}/suspend`, { reason: 'a test' })
    await other.weir.refresh()
  }

  it('gets 403, and its open sockets are closed with 1008', async () => {
    const untouched = await openSocket(other, await other.newApp())
    const closed = closeCode(await openSocket(other, suspended))
    await suspend()
    expect(await closed).toBe(1008)
    expect(await refusal(await suspended.call('/app'))).toBe('403 app-suspended')
    expect(await outcomesOf(other, suspended, 2)).toEqual({ served: 1, refused: 1 })
    untouched.send('still here')
    expect((await nextMessage(untouched)).toString()).toBe('still here')
    untouched.terminate()
  })

  it('does not keep a socket whose handshake was under way', async () => {
    const taken = Promise.withResolvers<[IncomingMessage, Socket]>()
    sockets.handshake = (...handshake) => taken.resolve(handshake)
    const opening = openSocket(other, suspended)
    const [request, socket] = await taken.promise
    await suspend()
    acceptRaw(request, socket)
    expect(await closeCode(await opening)).toBe(1008)
    socket.destroy()
  })
})
