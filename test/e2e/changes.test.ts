import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApp, type TestUpstream, type TestWeir } from './harness.ts'
import { answerOk, eventually, startTestWeir, startUpstream } from './harness.ts'
import { type RawAnswer, ask, head } from './raw-client.ts'

/** Nothing here calls `refresh`: what is changed through the control API has to arrive by itself. */
const WITHIN_MS = 1000
/** Fresh connections asked at once: with two threads, all of them meet one of the two once in 30,000 times. */
const CONNECTIONS = 16

let upstream: TestUpstream
let weir: TestWeir
/** The answers to `/app?hold` that wait. */
const held: ServerResponse[] = []

beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    if (request.url === '/app?hold') held.push(response)
    else answerOk(request, response)
  })
  weir = await startTestWeir({ upstream: upstream.url, contract: text => growthWithLimits(text) })
})

afterAll(async () => {
  await weir.stop()
  await upstream.close()
})

const growthWithLimits = (text: string) =>
  text
    .replace('burst: { divisor: 30 }', 'burst: off')
    .replace('  growth:\n', '  growth:\n    limits: { app: { GetApp: 2222 } }\n')

type Fields = Readonly<Record<string, string>>

async function fieldsOf(app: TestApp, fields: Fields = {}): Promise<Fields> {
  return { 'x-api-key': app.apiKey, authorization: await app.token({ server: true }), ...fields }
}

function askMany(fields: Fields): Promise<RawAnswer[]> {
  const request = head('GET /app', fields)
  return Promise.all(Array.from({ length: CONNECTIONS }, () => ask(weir.weir.gatewayUrl, request)))
}

/** Every thread answers so, at the latest a second from now, and from then on. */
async function everywhere<T>(fields: Fields, tell: (answer: RawAnswer) => T, expected: T): Promise<void> {
  const told = async () => (await askMany(fields)).map(tell)
  await eventually(told, all => all.every(each => each === expected), WITHIN_MS)
  expect(new Set(await told())).toEqual(new Set([expected]))
}

const status = (answer: RawAnswer) => answer.status
const limit = (answer: RawAnswer) => Number(answer.one('x-ratelimit-limit'))

describe('within a second, in every thread, without a restart', () => {
  it('an app’s own limits hold, and go again', async () => {
    const app = await weir.newApp()
    const fields = await fieldsOf(app)
    await everywhere(fields, limit, 1000)
    await weir.control('PUT', `/api/apps/${app.id}/limits`, { app: { GetApp: 4321 } })
    await everywhere(fields, limit, 4321)
    await weir.control('PUT', `/api/apps/${app.id}/limits`, { app: { GetApp: null } })
    await everywhere(fields, limit, 1000)
  })

  it('an app is suspended and resumed', async () => {
    const app = await weir.newApp()
    const fields = await fieldsOf(app)
    await everywhere(fields, status, 200)
    await weir.control('POST', `/api/apps/${app.id}/suspend`, { reason: 'a test' })
    await everywhere(fields, status, 403)
    await weir.control('POST', `/api/apps/${app.id}/resume`)
    await everywhere(fields, status, 200)
  })

  it('a key is added and deleted, and the other one holds all the while', async () => {
    const app = await weir.newApp()
    const first = await fieldsOf(app)
    const added = await weir.control<{ id: string; apiKey: string }>('POST', `/api/apps/${app.id}/keys`)
    const second = { ...first, 'x-api-key': added.apiKey }
    await everywhere(second, status, 200)
    expect((await askMany(first)).map(status)).not.toContain(401)
    await weir.control('DELETE', `/api/apps/${app.id}/keys/${added.id}`)
    await everywhere(second, status, 401)
    await everywhere(first, status, 200)
  })

  it('an app that is made is served', async () => {
    const app = await weir.newApp()
    const organization = app.organizationId
    const path = `/api/organizations/${organization}/apps`
    const made = await weir.control<{ apiKey: string }>('POST', path, { name: 'Another' })
    const fields = { 'x-api-key': made.apiKey, authorization: 'nobody' }
    const code = (answer: RawAnswer) => (JSON.parse(answer.body.toString()) as { code: string }).code
    await everywhere(fields, code, 'invalid-token')
  })

  it('another plan’s limits hold', async () => {
    const app = await weir.newApp({ plan: 'start' })
    const fields = await fieldsOf(app)
    await everywhere(fields, limit, 1000)
    const path = `/api/organizations/${app.organizationId}/subscription`
    await weir.control('PUT', path, { plan: 'growth' })
    await everywhere(fields, limit, 2222)
  })

  it('another contract holds: its limits, its claims also for tokens seen before; running requests finish', async () => {
    const app = await weir.newApp()
    const both = await app.token({ user_id: 'by user_id', sub: 'by sub', server: true })
    const fields = await fieldsOf(app, { authorization: both })
    const user = (answer: RawAnswer) =>
      decodeURIComponent(
        (JSON.parse(answer.body.toString()) as { headers: Record<string, string> }).headers['weir-user']!,
      )
    await everywhere(fields, user, 'by user_id')
    const running = ask(weir.weir.gatewayUrl, head('GET /app?hold', fields))
    await eventually(
      async () => held.length,
      length => length === 1,
      WITHIN_MS,
    )
    const { yaml } = await weir.control<{ yaml: string }>('GET', '/api/contract')
    const changed = yaml
      .replace('default: 1000', 'default: 1500')
      .replace('userClaim: user_id', 'userClaim: sub')
      .replace('timeoutMs: 10000', 'timeoutMs: 9000')
    await weir.control('PUT', '/api/contract', { yaml: changed })
    await everywhere(fields, limit, 1500)
    await everywhere(fields, user, 'by sub')
    held[0]!.end('finished')
    const answer = await running
    expect([answer.status, answer.body.toString()]).toEqual([200, 'finished'])
    await weir.control('PUT', '/api/contract', { yaml })
    await everywhere(fields, limit, 1000)
  })
})

it('a changed limit keeps the count of the running window', async () => {
  async function run(): Promise<{ whole: boolean; remaining: number[] }> {
    const app = await weir.newApp({ limits: { app: { GetApp: 500 } } })
    const fields = await fieldsOf(app)
    const remaining: number[] = []
    const resets = new Set<string>()
    const call = async () => {
      const answer = await ask(weir.weir.gatewayUrl, head('GET /app', fields))
      resets.add(answer.one('x-ratelimit-reset')!)
      return Number(answer.one('x-ratelimit-remaining'))
    }
    for (let i = 0; i < 9; i++) await call()
    remaining.push(await call())
    for (const now of [100, 900, 5]) {
      await weir.control('PUT', `/api/apps/${app.id}/limits`, { app: { GetApp: now } })
      await weir.weir.refresh()
      remaining.push(await call())
    }
    return { whole: resets.size === 1, remaining }
  }
  const first = await run()
  // A minute that turned in between began a new window; it cannot turn twice.
  const { remaining } = first.whole ? first : await run()
  expect(remaining).toEqual([490, 89, 888, 0])
})
