import { Agent, request } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApp, type TestUpstream, type TestWeir, startTestWeir, startUpstream } from './harness.ts'

let upstream: TestUpstream
let noBurst: TestWeir
let withBurst: TestWeir

beforeAll(async () => {
  upstream = await startUpstream((req, res) => {
    req.resume()
    res.end('ok')
  })
  const burstOff = (text: string) => text.replace('burst: { divisor: 30 }', 'burst: off')
  // Its time stands still: a flood that runs over the turn of a minute would be several.
  const frozen = { startMs: Date.now(), originMs: 0, speed: 0 }
  noBurst = await startTestWeir({
    upstream: upstream.url,
    contract: burstOff,
    settings: { testClock: frozen },
  })
  withBurst = await startTestWeir({ upstream: upstream.url })
})

afterAll(async () => {
  await noBurst.stop()
  await withBurst.stop()
  await upstream.close()
})

interface Answer {
  readonly status: number
  readonly limit: number
  readonly remaining: number
  readonly reset: number
  readonly policies: Readonly<Record<string, number>>
}

/** `count` requests at once over many connections, as fast as they go. */
async function flood(
  weir: TestWeir,
  app: TestApp,
  path: string,
  count: number,
  claims: object,
): Promise<Answer[]> {
  const agent = new Agent({ connections: 200 })
  const headers = { 'x-api-key': app.apiKey, authorization: await app.token({ ...claims }) }
  try {
    return await Promise.all(
      Array.from({ length: count }, async () => {
        const response = await request(weir.weir.gatewayUrl + path, { headers, dispatcher: agent })
        await response.body.dump()
        return answerOf(response.statusCode, response.headers as Record<string, string>)
      }),
    )
  } finally {
    await agent.close()
  }
}

function answerOf(status: number, headers: Record<string, string>): Answer {
  const left = [...headers['ratelimit']!.matchAll(/"(\w+)";r=(\d+)/g)].map(match => [
    match[1],
    Number(match[2]),
  ])
  return {
    status,
    limit: Number(headers['x-ratelimit-limit']),
    remaining: Number(headers['x-ratelimit-remaining']),
    reset: Number(headers['x-ratelimit-reset']),
    policies: Object.fromEntries(left) as Record<string, number>,
  }
}

/** Each window by itself: a flood may run over the turn of a minute, and the promise is per window. */
function byWindow(answers: readonly Answer[]): { admitted: number; rejected: number }[] {
  const windows = Map.groupBy(answers, answer => answer.reset)
  return [...windows.values()].map(inWindow => ({
    admitted: inWindow.filter(({ status }) => status === 200).length,
    rejected: inWindow.filter(({ status }) => status === 429).length,
  }))
}

function expectExactly(limit: number, answers: readonly Answer[]): void {
  expect(answers.every(({ status }) => status === 200 || status === 429)).toBe(true)
  const windows = byWindow(answers)
  expect(windows.some(({ rejected }) => rejected > 0)).toBe(true)
  for (const { admitted, rejected } of windows) {
    if (rejected > 0) expect(admitted).toBe(limit)
    else expect(admitted).toBeLessThanOrEqual(limit)
  }
}

describe('limits over two threads and many connections', () => {
  it('of 4,000 requests at once exactly 1,000 pass in the window', async () => {
    const app = await noBurst.newApp()
    expectExactly(1000, await flood(noBurst, app, '/app', 4000, { server: true }))
  })

  it('of 1,000 requests of one user at once exactly 60 pass in the window', async () => {
    const app = await noBurst.newApp()
    expectExactly(60, await flood(noBurst, app, '/app', 1000, { user_id: 'ann' }))
  })

  it('each admitted request shows a number left that no other one shows', async () => {
    const app = await noBurst.newApp({ limits: { app: { GetApp: 300 } } })
    const answers = await flood(noBurst, app, '/app', 400, { server: true })
    for (const inWindow of Map.groupBy(answers, ({ reset }) => reset).values()) {
      const left = inWindow.filter(({ status }) => status === 200).map(({ remaining }) => remaining)
      expect(left.toSorted((a, b) => b - a)).toEqual(left.map((_, i) => 299 - i))
    }
  })

  it('with burst on exactly ceil(limit / 30) pass in a second', async () => {
    const app = await withBurst.newApp()
    const answers = await flood(withBurst, app, '/app', 2000, { server: true })
    const admitted = answers.filter(({ status }) => status === 200)
    const fullSeconds = new Set(
      answers.filter(({ limit, status }) => status === 429 && limit === 34).map(({ reset }) => reset),
    )
    expect(fullSeconds.size).toBeGreaterThan(0)
    // Within a second the numbers left run from 33 down, each once; a full second reaches 0.
    const showing = (left: number) => admitted.filter(({ policies }) => policies['burst'] === left).length
    expect(showing(0)).toBeGreaterThanOrEqual(fullSeconds.size)
    for (let left = 33; left > 0; left--) expect(showing(left)).toBeGreaterThanOrEqual(showing(left - 1))
    expect(admitted.length).toBeLessThanOrEqual(34 * showing(33))
  })

  it('while a limit is being changed no window passes more than the greatest, and the last one holds', async () => {
    const app = await noBurst.newApp()
    const changing = (async () => {
      for (const limit of [200, 700, 50, 500]) {
        await noBurst.control('PUT', `/api/apps/${app.id}/limits`, { app: { GetApp: limit } })
        await noBurst.weir.refresh()
      }
    })()
    const answers = await flood(noBurst, app, '/app', 3000, { server: true })
    await changing
    for (const { admitted } of byWindow(answers)) expect(admitted).toBeLessThanOrEqual(1000)
    const last = await flood(noBurst, app, '/app', 1, { server: true })
    expect(last[0]!.limit).toBe(500)
  })

  it('a user over the limit leaves the app’s counters as they were', async () => {
    const app = await noBurst.newApp()
    const answers = await flood(noBurst, app, '/app', 300, { user_id: 'ann' })
    const counted = answers.filter(({ status }) => status === 200)
    const now = (await flood(noBurst, app, '/app', 1, { server: true }))[0]!
    // The server platform has counters of its own, so look at the platform the user came from.
    expect(now.remaining).toBe(999)
    const seen = await app.call('/rate_limits?web=true&endpoints=GetApp', { claims: { server: true } })
    const { web } = (await seen.json()) as { web: { GetApp: { remaining: number; reset: number } } }
    const inWindow = counted.filter(({ reset }) => reset === web.GetApp.reset).length
    expect(web.GetApp.remaining).toBe(1000 - inWindow)
  })

  it('iOS at its limit does not touch Android', async () => {
    const app = await noBurst.newApp({ limits: { platforms: { ios: { GetApp: 1 } } } })
    const as = (client: string) => app.call('/app', { headers: { 'x-client': client } })
    const statuses: number[] = []
    for (const client of ['swift-5', 'swift-5', 'Android 14', 'Android 14'])
      statuses.push((await as(client)).status)
    // A minute that turns between the first two would let both pass; then they are asked again.
    if (statuses[1] === 200) statuses[1] = (await as('swift-5')).status
    expect(statuses).toEqual([200, 429, 200, 200])
  })
})
