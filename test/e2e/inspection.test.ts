import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApp, type TestUpstream, type TestWeir, startTestWeir, startUpstream } from './harness.ts'
import { outcomesOf, requestsOf } from './recorded.ts'

interface Limit {
  readonly limit: number
  readonly remaining: number
  readonly reset: number
}
type Limits = Readonly<Record<string, Readonly<Record<string, Limit>>>> & { readonly duration: string }

let upstream: TestUpstream
let weir: TestWeir

beforeAll(async () => {
  upstream = await startUpstream()
  weir = await startTestWeir({ upstream: upstream.url })
})

afterAll(async () => {
  await weir.stop()
  await upstream.close()
})

const asServer = { claims: { server: true } }

async function inspect(app: TestApp, query = '', path = '/rate_limits'): Promise<Limits> {
  const response = await app.call(path + query, asServer)
  expect(response.status).toBe(200)
  return (await response.json()) as Limits
}

function shownBy({ headers }: Response): Limit {
  const number = (name: string) => Number(headers.get(`x-ratelimit-${name}`))
  return { limit: number('limit'), remaining: number('remaining'), reset: number('reset') }
}

/** Runs again what a turning minute came between; twice in a row it cannot. */
async function withinOneMinute<T>(run: () => Promise<T>): Promise<T> {
  const minute = () => Math.floor(Date.now() / 60_000)
  const before = minute()
  const result = await run()
  return minute() === before ? result : run()
}

describe('the limits a server token is shown', () => {
  it('are those of the headers, platform by platform, and looking changes none of them', async () => {
    const { seen, told } = await withinOneMinute(async () => {
      const app = await weir.newApp({ limits: { platforms: { ios: { GetApp: 77 } } } })
      const byPlatform: Record<string, Limit> = {}
      for (const client of ['swift', 'android', 'browser', 'swift']) {
        const response = await app.call('/app', { headers: { 'x-client': client } })
        byPlatform[{ swift: 'ios', android: 'android' }[client] ?? 'web'] = shownBy(response)
      }
      byPlatform['server_side'] = shownBy(await app.call('/app', asServer))
      await inspect(app)
      return { seen: byPlatform, told: await inspect(app) }
    })
    for (const platform of ['ios', 'android', 'web', 'server_side']) {
      expect([platform, told[platform]!['GetApp']]).toEqual([platform, seen[platform]])
    }
    expect(seen['ios']).toMatchObject({ limit: 77, remaining: 75 })
    expect(told['web']!['SendMessage']).toMatchObject({ limit: 1000, remaining: 1000 })
    expect(told.duration).toMatch(/^\d+\.\d\dms$/)
  })

  it('agree with what a rejected request is told, in its fields and its problem', async () => {
    const { rejected, problem, told } = await withinOneMinute(async () => {
      const app = await weir.newApp({ limits: { app: { GetApp: 1 } } })
      await app.call('/app', asServer)
      const response = await app.call('/app', asServer)
      const body = (await response.json()) as Limit & { 'violated-policies': string[]; scope: string }
      const shown = await inspect(app, '?server_side=true&endpoints=GetApp')
      return { rejected: response, problem: body, told: shown }
    })
    expect(rejected.status).toBe(429)
    const shown = shownBy(rejected)
    expect(told['server_side']!['GetApp']).toEqual(shown)
    expect(shown).toMatchObject({ limit: 1, remaining: 0 })
    expect(problem).toMatchObject({
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      code: 'rate-limited',
      scope: 'app',
      endpoint: 'GetApp',
      platform: 'server',
      limit: shown.limit,
      reset: shown.reset,
    })
    expect(problem['violated-policies'].toSorted()).toEqual(['app', 'burst'])
    const wait = Number(rejected.headers.get('retry-after'))
    expect(rejected.headers.get('ratelimit')).toContain(`"app";r=0;t=${wait}`)
    expect(shown.reset % 60).toBe(0)
    expect(wait).toBeGreaterThanOrEqual(1)
    expect(wait).toBeLessThanOrEqual(60)
  })

  it('are chosen by flags and names', async () => {
    const app = await weir.newApp()
    const all = await inspect(app)
    expect(Object.keys(all)).toEqual(['duration', 'server_side', 'android', 'ios', 'web'])
    expect(Object.keys(all['web']!)).toContain('GetRateLimits')
    const some = await inspect(app, '?ios=true&server_side=true&web=false&endpoints=SendMessage,GetApp')
    expect(Object.keys(some).toSorted()).toEqual(['duration', 'ios', 'server_side'])
    expect(Object.keys(some['ios']!).toSorted()).toEqual(['GetApp', 'SendMessage'])
    expect(Object.keys(await inspect(app, '?endpoints=GetApp', '/api/v2/rate_limits'))).toHaveLength(5)
  })

  it.each([
    ['?windows=true', ['server_side', 'android', 'ios', 'web', 'endpoints']],
    ['?server=true', ['server_side']],
    ['?endpoints=GetApp,Nope', ['Nope', 'SendMessage', 'GetRateLimits']],
    ['?endpoints=getapp', ['GetApp']],
    ['?web=yes', ['web', 'true']],
  ])('%s is a 400 that lists what is known', async (query, names) => {
    const app = await weir.newApp()
    const response = await app.call(`/rate_limits${query}`, asServer)
    const { code, detail } = (await response.json()) as { code: string; detail: string }
    expect([response.status, code]).toEqual([400, 'invalid-query'])
    for (const name of names) expect(detail).toContain(name)
    // It was decided about before it was read.
    expect(response.headers.get('x-ratelimit-limit')).toBe('1000')
  })

  it('are not for users, and a look counts as GetRateLimits', async () => {
    const app = await weir.newApp({ limits: { app: { GetRateLimits: 30 } } })
    const before = upstream.received.length
    const asUser = await app.call('/rate_limits')
    expect(asUser.status).toBe(403)
    expect(await asUser.json()).toMatchObject({ code: 'server-token-required' })
    const looked = await app.call('/rate_limits', asServer)
    expect(shownBy(looked).limit).toBe(30)
    expect(upstream.received.length).toBe(before)
    expect(await outcomesOf(weir, app, 2)).toEqual({ served: 1, refused: 1 })
    const rows = requestsOf(weir, app).filter(({ outcome }) => outcome === 'served')
    expect(rows).toMatchObject([{ endpoint: 'GetRateLimits', platform: 'server', count: 1 }])
  })

  it('is taken from the key and token in the query too', async () => {
    const app = await weir.newApp()
    const token = await app.token({ server: true })
    const query = `?api_key=${app.apiKey}&authorization=${token}&ios=true`
    const response = await fetch(`${weir.weir.gatewayUrl}/rate_limits${query}`)
    expect(Object.keys((await response.json()) as Limits)).toEqual(['duration', 'ios'])
  })
})
