import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type Control,
  addCustomer,
  addMember,
  auditOf,
  chatYaml,
  noonMs,
  startControl,
} from './test-control.ts'

const probesYaml = chatYaml.replace(
  'availability:  ',
  `availability:
  probes:
    - { name: search, request: Search, expectBody: found, withinMs: 500, everySeconds: 30 }
    - { name: socket, request: GET /connect, expectStatus: 101 }
  #`,
)

let control: Control
beforeEach(async () => {
  control = await startControl()
  expect((await control.operator('PUT', '/api/contract', { yaml: probesYaml })).status).toBe(200)
})
afterEach(async () => control.close())

/** A machine in a place, by the token that it has. */
async function placeNamed(name: string) {
  const { body } = await control.operator<{ token: string }>('POST', '/api/members', {
    name,
    email: 'probes@example.com',
    role: 'probe',
  })
  return control.as(body.token)
}

interface Told {
  readonly probe?: string
  readonly ok?: boolean
  readonly ms?: number
  readonly atMs?: number
  readonly detail?: string
}

function result({ atMs = noonMs, ...more }: Told = {}) {
  return { probe: 'search', ok: true, ms: 12, at: new Date(atMs).toISOString(), ...more }
}

async function kept() {
  return control.deps.store.db.selectFrom('probe_results').selectAll().execute()
}

test('a probe learns what to ask, where credentials go and what time it is, and nothing else of the contract', async () => {
  const paris = await placeNamed('Paris')
  const { status, body } = await paris('GET', '/api/probes/schedule?place=Paris')
  expect({ status, body }).toEqual({
    status: 200,
    body: {
      place: 'Paris',
      now: '2026-11-10T12:00:00.000Z',
      credentials: {
        apiKey: { header: 'x-api-key', query: 'api_key' },
        token: { header: 'authorization', query: 'authorization' },
      },
      probes: [
        {
          name: 'search',
          request: 'GET /search',
          expectStatus: 200,
          expectBody: 'found',
          withinMs: 500,
          everySeconds: 30,
        },
        {
          name: 'socket',
          request: 'GET /connect',
          expectStatus: 101,
          expectBody: null,
          withinMs: 10_000,
          everySeconds: 60,
        },
      ],
    },
  })
  for (const path of ['/api/probes', '/api/contract', '/api/organizations', '/api/members']) {
    expect([path, (await paris('GET', path)).status]).toEqual([path, 403])
  }
})

test('a token speaks for its own place and for no other', async () => {
  const paris = await placeNamed('Paris')
  const report = { results: [result()] }
  const foreign = await paris('POST', '/api/probes/results', { ...report, place: 'Oslo' })
  expect(foreign).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  expect(foreign.body['detail']).toContain('speaks for the place "Paris", not for "Oslo"')
  expect((await paris('GET', '/api/probes/schedule?place=Oslo')).status).toBe(403)
  expect(await kept()).toEqual([])

  expect((await paris('POST', '/api/probes/results', report)).body).toEqual({ place: 'Paris', kept: 1 })
  expect((await paris('POST', '/api/probes/results', { ...report, place: 'Paris' })).body).toEqual({
    place: 'Paris',
    kept: 0,
  })
  expect(await kept()).toMatchObject([{ place: 'Paris' }])
})

test('a result that is told again changes nothing, also when it says something else', async () => {
  const paris = await placeNamed('Paris')
  const later = noonMs - 1000
  const tell = async (...results: object[]) =>
    (await paris<{ kept: number }>('POST', '/api/probes/results', { results })).body.kept
  expect(await tell(result(), result({ atMs: later, ok: false, detail: 'answered 503, not 200' }))).toBe(2)
  expect(await tell(result(), result({ ok: false }), result({ atMs: later }))).toBe(0)
  expect((await kept()).map(({ at_ms, ok, ms, detail }) => ({ at_ms, ok, ms, detail }))).toEqual([
    { at_ms: later, ok: 0, ms: 12, detail: 'answered 503, not 200' },
    { at_ms: noonMs, ok: 1, ms: 12, detail: null },
  ])
})

test.each<[string, object, string]>([
  ['a probe that is not in the contract', result({ probe: 'serch' }), 'results.1.probe'],
  ['an instant in the future', result({ atMs: noonMs + 10_001 }), 'results.1.at'],
  ['an instant of last month', result({ atMs: noonMs - 32 * 86_400_000 }), 'results.1.at'],
  ['an instant that is none', { ...result(), at: 'noon' }, 'results.1.at'],
  ['a time that cannot be', result({ ms: -1 }), 'results.1.ms'],
  ['words without end', result({ detail: 'x'.repeat(501) }), 'results.1.detail'],
  ['a field nobody knows', { ...result(), place: 'Oslo' }, 'results.1.place'],
])('%s is refused, with all that came with it', async (_, wrong, path) => {
  const paris = await placeNamed('Paris')
  const answer = await paris('POST', '/api/probes/results', { results: [result(), wrong] })
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-body', mistakes: [{ path }] } })
  expect(await kept()).toEqual([])
})

test('the refusal of an unknown probe names the one that was meant', async () => {
  const paris = await placeNamed('Paris')
  const { body } = await paris('POST', '/api/probes/results', { results: [result({ probe: 'serch' })] })
  expect(body['detail']).toBe(
    'results.0.probe: The contract in force has no probe "serch"; did you mean `search`?',
  )
})

test('a clock that is ten seconds ahead is taken, and 500 results at once but no more', async () => {
  const paris = await placeNamed('Paris')
  const many = Array.from({ length: 500 }, (_, i) => result({ atMs: noonMs + 10_000 - i }))
  expect((await paris('POST', '/api/probes/results', { results: many })).body).toMatchObject({ kept: 500 })
  for (const results of [[], [...many, result({ atMs: noonMs - 1 })]]) {
    expect((await paris('POST', '/api/probes/results', { results })).status).toBe(400)
  }
})

test('what a person reports needs a place and stands in the audit, what a probe reports does not', async () => {
  const paris = await placeNamed('Paris')
  await paris('POST', '/api/probes/results', { results: [result()] })
  const nowhere = await control.operator('POST', '/api/probes/results', { results: [result()] })
  expect(nowhere).toMatchObject({ status: 400, body: { mistakes: [{ path: 'place' }] } })
  const said = { place: 'by hand', results: [result({ ok: false })] }
  expect((await control.operator('POST', '/api/probes/results', said)).body).toMatchObject({ kept: 1 })
  expect(await auditOf(control)).toEqual([
    'operator contract.changed',
    'operator member.added',
    'operator probes.reported',
  ])
})

test('nobody but a probe and an operator reports', async () => {
  const { admin, developer } = await addCustomer(control, 'Acme')
  const people = [admin, developer, await addMember(control, 'support'), await addMember(control, 'finance')]
  for (const { token } of people) {
    const answer = await control.as(token)('POST', '/api/probes/results', { results: [result()] })
    expect(answer.status).toBe(403)
  }
})

test('the provider sees the last result of every place, which of them still speak, and what they agree on', async () => {
  const seen = { Oslo: false, Paris: true, Rome: false }
  for (const [name, ok] of Object.entries(seen)) {
    const place = await placeNamed(name)
    const old = result({ atMs: noonMs - 20_000, ok: !ok })
    const detail = ok ? {} : { detail: 'answered 503, not 200' }
    await place('POST', '/api/probes/results', { results: [result({ ok, ...detail }), old] })
  }
  const read = async () =>
    (await control.operator<{ items: Record<string, unknown>[] }>('GET', '/api/probes')).body.items
  expect(await read()).toMatchObject([
    {
      name: 'search',
      verdict: 'down',
      places: [
        {
          place: 'Oslo',
          ok: false,
          at: '2026-11-10T12:00:00.000Z',
          detail: 'answered 503, not 200',
          speaks: true,
        },
        { place: 'Paris', ok: true, ms: 12, detail: null, speaks: true },
        { place: 'Rome', ok: false, speaks: true },
      ],
    },
    { name: 'socket', verdict: null, places: [] },
  ])
  // Two intervals of 30 seconds later none of them speaks.
  control.time.nowMs += 60_000
  expect((await read())[0]).toMatchObject({
    verdict: null,
    places: [{ speaks: false }, { speaks: false }, { speaks: false }],
  })
  const support = await addMember(control, 'support')
  expect((await control.as(support.token)('GET', '/api/probes')).status).toBe(200)
  const { admin } = await addCustomer(control, 'Acme')
  expect((await control.as(admin.token)('GET', '/api/probes')).status).toBe(403)
})

test('only the provider makes an app whose requests move no uptime', async () => {
  const { organizationId, admin } = await addCustomer(control, 'Acme')
  const path = `/api/organizations/${organizationId}/apps`
  const wanted = { name: 'Probes', forProbes: true }
  expect((await control.as(admin.token)('POST', path, wanted)).status).toBe(403)
  expect((await control.as(admin.token)('POST', path, { name: 'x' })).body).toMatchObject({
    forProbes: false,
  })
  expect((await control.operator('POST', path, wanted)).body).toMatchObject({ forProbes: true })
})
