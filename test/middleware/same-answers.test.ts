import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answered, type Asked, ask, comparable } from './asking.ts'
import { apps, contractText, token } from './contract.ts'
import { type Subject, subjects } from './subjects.ts'

/** A request, or a step of the clock in milliseconds. */
type Step = Asked | number

const ann = await token({ user_id: 'ann' })
const server = await token({ server: true })
const key = { 'x-api-key': 'key-one' }
const asAnn = { ...key, authorization: ann }
const asServer = { ...key, authorization: server }
const good = { origin: 'https://good.example' }
const evil = { origin: 'https://evil.example' }
const wants = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-api-key' }
const nowSecond = Date.UTC(2026, 10, 22) / 1000
const unsigned = `${btoa('{"alg":"none"}')}.${btoa('{"user_id":"ann"}')}.`.replaceAll('=', '')

function get(target: string, headers: Asked['headers'] = asAnn): Asked {
  return { target, headers }
}

function post(target: string, headers: Asked['headers'] = asAnn): Asked {
  return { method: 'POST', target, headers }
}

const withToken = (authorization: string) => get('/app', { ...key, authorization })

const cases: Readonly<Record<string, readonly Step[]>> = {
  'what is admitted, and what its handler is told': [
    get('/app'),
    get('/app', { ...asAnn, 'x-client': 'my ios app' }),
    get('/app', asServer),
    post('/login', key),
    get(`/app?b=1&api_key=key-one-new&authorization=${ann}&a=%20`, {}),
    withToken(`Bearer ${ann}`),
  ],
  'a HEAD is its GET': [{ method: 'HEAD', target: '/app', headers: asAnn }],
  'a user at the limit, and the others': [
    ...Array.from({ length: 4 }, () => get('/app')),
    withToken(await token({ user_id: 'bob' })),
    get('/app', asServer),
    60_000,
    get('/app'),
  ],
  'a burst': [get('/users'), get('/users'), get('/users'), 1000, get('/users')],
  'an app at the limit': Array.from({ length: 5 }, () => [
    post('/channels/a/b/message', asServer),
    1000,
  ]).flat(),
  'user and burst at once': Array.from({ length: 3 }, () => post('/channels/a/b/message')),
  'keys that do not hold': [
    get('/app', {}),
    get('/app', { 'x-api-key': 'nobody' }),
    get('/app?api_key=', {}),
  ],
  'a suspended app': [get('/app', { ...asAnn, 'x-api-key': 'key-two' })],
  'tokens that do not hold': [
    get('/app', key),
    withToken('garbage'),
    withToken(unsigned),
    withToken(await token({ user_id: 'ann' }, 'another secret of thirty-two bytes!')),
    withToken(await token({ user_id: 'ann', exp: nowSecond - 1 })),
    withToken(await token({ user_id: 'ann', nbf: nowSecond + 864_000 })),
    withToken(await token({})),
    withToken(await token({ server: 'true' })),
    withToken(await token({ user_id: 'x'.repeat(256) })),
    withToken('x'.repeat(17_000 - 1000)),
  ],
  preflights: [
    { method: 'OPTIONS', target: '/users', headers: { ...good, ...wants } },
    { method: 'OPTIONS', target: '/nowhere', headers: { ...evil, ...wants } },
    { method: 'OPTIONS', target: '/users', headers: good },
  ],
  'CORS on answers and on errors': [
    get('/app', { ...asAnn, ...good }),
    get('/app', { ...asAnn, ...evil }),
    get('/app', good),
    get('/nowhere', { ...asAnn, ...good }),
    ...Array.from({ length: 3 }, () => get('/app', { ...asAnn, ...good })),
  ],
  'what the contract does not have': [
    get('/nowhere'),
    { method: 'DELETE', target: '/users', headers: asAnn },
    post('/app'),
    get('/connect'),
    { method: 'PROPFIND', target: '/app', headers: asAnn },
  ],
  'paths that are another way to write one': [
    get('/%61pp'),
    post('/channels/a%2Fb/c/message'),
    get('/x%2f..%2fapp'),
  ],
  'paths that only look like one': ['/APP', '/app/', '//app', '/app;x', '/channels/a/b/c/message'].map(path =>
    get(path),
  ),
  'the inspection': [
    get('/app'),
    get('/rate_limits', asServer),
    get('/api/v2/rate_limits?web=true&endpoints=GetApp,QueryUsers', asServer),
    get('/rate_limits'),
    get('/rate_limits?endpoints=Nothing', asServer),
    get('/rate_limits?windows=true', asServer),
    post('/rate_limits', asServer),
  ],
}

/** Node hands these on as they stand; a Fetch request has resolved them before anybody sees it. */
const tricks = ['/a/../app', '/%2e%2e/app', '/.', '/app\\..', '/app%00', '/app%5c']

let nowMs = nowSecond * 1000
const options = { contract: { text: contractText }, apps, clock: () => nowMs }
const started: Record<string, Subject> = {}

beforeAll(async () => {
  for (const [name, start] of Object.entries(subjects)) started[name] = await start(options)
})

afterAll(async () => {
  for (const subject of Object.values(started)) await subject.close()
})

async function run(name: string, steps: readonly Step[], startMs: number): Promise<Answered[]> {
  const answers: Answered[] = []
  nowMs = startMs
  for (const step of steps) {
    if (typeof step === 'number') nowMs += step
    else answers.push(await ask(started[name]!.url, step))
  }
  return answers
}

/** Both begin at the same instant, in a minute that neither has seen: nobody's clock goes back. */
async function both(name: string, steps: readonly Step[]): Promise<[Answered[], Answered[]]> {
  const startMs = (Math.floor(nowMs / 60_000) + 2) * 60_000
  return [await run(name, steps, startMs), await run('gateway', steps, startMs)]
}

const adapters = Object.keys(subjects).filter(name => name !== 'gateway')

describe.each(adapters)('%s answers as the gateway does', name => {
  it.each(Object.entries(cases))('%s', async (_, steps) => {
    const [answers, expected] = await both(name, steps)
    expect(answers.map(comparable)).toEqual(expected.map(comparable))
  })
})

describe.each(['express 5', 'express 4', 'fastify'])('%s refuses as the gateway does', name => {
  it.each(tricks)('%s', async target => {
    const [[answer], [expected]] = await both(name, [get(target)])
    expect(expected!.status).toBe(400)
    expect(comparable(answer!)).toEqual(comparable(expected!))
  })
})
