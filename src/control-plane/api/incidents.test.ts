import { afterEach, beforeEach, expect, test } from 'vitest'
import { addCustomer, auditOf, type Control, noonMs, startControl } from './test-control.ts'

let control: Control
let acme: Awaited<ReturnType<typeof addCustomer>>
beforeEach(async () => {
  control = await startControl()
  acme = await addCustomer(control, 'Acme')
})
afterEach(async () => control.close())

interface Incident {
  id: string
  status: string
  impact: string
  startedAt: string
  resolvedAt: string | null
  mergedInto: string | null
  merged: string[]
  updates: { number: number; status: string; text: string; author: string }[]
}

const MINUTE = 60_000
const iso = (ms: number) => new Date(ms).toISOString()
const late = { title: 'Messages are late', impact: 'major', startedAt: iso(noonMs - 5 * MINUTE) }
const open = async (more: object = {}, as = control.operator) =>
  as<Incident>('POST', '/api/incidents', { ...late, ...more })
const call = async (id: string, verb: string, body?: object) =>
  control.operator<Incident>('POST', `/api/incidents/${id}/${verb}`, body)
const read = async (id: string) => (await control.operator<Incident>('GET', `/api/incidents/${id}`)).body
const events = async () => {
  const rows = await control.deps.store.db.selectFrom('events').selectAll().orderBy('at_ms').execute()
  return rows.filter(({ type }) => type.startsWith('incident.'))
}

test('an incident is opened, told of, and resolved, with a line of its timeline and an event each', async () => {
  const opened = await open({ text: 'We are looking.\nMore soon.' })
  expect(opened).toMatchObject({
    status: 201,
    body: {
      ...late,
      status: 'investigating',
      source: 'person',
      component: null,
      resolvedAt: null,
      updates: [
        { number: 1, status: 'investigating', text: 'We are looking.\nMore soon.', author: 'operator' },
      ],
    },
  })
  const { id } = opened.body
  control.time.nowMs += MINUTE
  const update = { text: 'A full disk.', status: 'identified', impact: 'critical' }
  expect(await call(id, 'updates', update)).toMatchObject({
    status: 200,
    body: { status: 'identified', impact: 'critical' },
  })
  control.time.nowMs += MINUTE
  const resolved = await call(id, 'resolve')
  expect(resolved.body).toMatchObject({ status: 'resolved', resolvedAt: iso(noonMs + 2 * MINUTE) })
  control.time.nowMs += MINUTE
  const after = await call(id, 'updates', { text: 'What had happened: …', status: 'resolved' })
  expect(after.body.updates.map(({ number, status, text }) => [number, status, text])).toEqual([
    [1, 'investigating', 'We are looking.\nMore soon.'],
    [2, 'identified', 'A full disk.'],
    [3, 'resolved', 'The incident is over.'],
    [4, 'resolved', 'What had happened: …'],
  ])
  expect(await read(id)).toEqual(after.body)
  expect((await events()).map(({ type, organization }) => [type, organization])).toEqual([
    ['incident.opened', null],
    ['incident.updated', null],
    ['incident.resolved', null],
    ['incident.updated', null],
  ])
  expect((await auditOf(control)).slice(-4)).toEqual(
    ['opened', 'updated', 'resolved', 'updated'].map(verb => `operator incident.${verb}`),
  )
})

test('every customer reads incidents, hears of them by webhook, and changes none', async () => {
  const address = {
    url: 'https://example.com/weir',
    events: ['incident.opened', 'maintenance.announced'],
  }
  const { body: webhook } = await control.as(acme.admin.token)<{ id: string }>(
    'POST',
    '/api/webhooks',
    address,
  )
  const { id } = (await open()).body
  const deliveries = await control.as(acme.admin.token)<{ items: { event: { type: string } }[] }>(
    'GET',
    `/api/webhooks/${webhook.id}/deliveries`,
  )
  expect(deliveries.body.items.map(({ event }) => event.type)).toEqual(['incident.opened'])
  const asAcme = control.as(acme.developer.token)
  expect((await asAcme('GET', `/api/incidents/${id}`)).status).toBe(200)
  expect((await open({}, asAcme)).status).toBe(403)
  for (const [verb, body] of [
    ['updates', { text: 'x', status: 'identified' }],
    ['resolve', {}],
    ['merge', { into: id }],
  ] as const) {
    expect((await asAcme('POST', `/api/incidents/${id}/${verb}`, body)).status).toBe(403)
  }
})

test('of two that are one outage, the other goes on: earlier start, worse impact, and what was merged before', async () => {
  const one = (await open({ impact: 'critical' })).body
  const two = (await open({ startedAt: iso(noonMs) })).body
  const three = (await open({ startedAt: iso(noonMs - MINUTE) })).body
  const merged = await call(one.id, 'merge', { into: two.id })
  expect(merged.body).toMatchObject({ status: 'resolved', mergedInto: two.id, resolvedAt: iso(noonMs) })
  expect(await read(two.id)).toMatchObject({
    impact: 'critical',
    startedAt: late.startedAt,
    status: 'investigating',
    merged: [one.id],
  })
  await call(two.id, 'merge', { into: three.id })
  expect(await read(three.id)).toMatchObject({ startedAt: late.startedAt, mergedInto: null })
  expect((await read(three.id)).merged.toSorted()).toEqual([one.id, two.id].toSorted())
  expect((await read(one.id)).mergedInto).toBe(three.id)
  for (const [verb, body] of [
    ['updates', { text: 'x', status: 'identified' }],
    ['resolve', undefined],
    ['merge', { into: three.id }],
  ] as const) {
    const refused = await call(one.id, verb, body)
    expect(refused).toMatchObject({ status: 409, body: { code: 'conflict' } })
    expect(JSON.stringify(refused.body)).toContain(three.id)
  }
  expect((await call(three.id, 'merge', { into: three.id })).status).toBe(400)
  expect((await call(three.id, 'merge', { into: 'inc_none' })).status).toBe(404)
  await call(three.id, 'resolve')
  const last = (await open()).body
  const refused = await call(last.id, 'merge', { into: three.id })
  expect(refused).toMatchObject({ status: 409 })
  expect(JSON.stringify(refused.body)).toContain(`merge ${three.id} into ${last.id} instead`)
})

test('two that are over can be merged, up to the later end', async () => {
  const [one, two] = [(await open()).body, (await open()).body]
  await call(one.id, 'resolve', { resolvedAt: iso(noonMs - MINUTE) })
  await call(two.id, 'resolve', { resolvedAt: iso(noonMs - 2 * MINUTE) })
  expect(await call(one.id, 'merge', { into: two.id })).toMatchObject({
    status: 200,
    body: { mergedInto: two.id },
  })
  expect(await read(two.id)).toMatchObject({
    status: 'resolved',
    resolvedAt: iso(noonMs - MINUTE),
    merged: [one.id],
  })
})

test('what cannot be is refused with what was expected', async () => {
  const cases: [object, string, RegExp][] = [
    [{ impact: 'huge' }, 'impact', /one of minor, major, critical/],
    [
      { startedAt: '1970-01-01T00:00:00Z' },
      'startedAt',
      /more than 366 days back: give an instant from 2025-11-09/,
    ],
    [{ startedAt: iso(noonMs + 1) }, 'startedAt', /Lies ahead: give an instant up to 2026-11-10T12:00:00/],
    [{ component: 'search' }, 'component', /no `availability.groups`/],
    [{ status: 'resolved' }, 'status', /investigating, identified or monitoring/],
  ]
  for (const [more, path, message] of cases) {
    const { status, body } = await open(more)
    expect([status, body]).toMatchObject([
      400,
      { mistakes: [{ path, message: expect.stringMatching(message) }] },
    ])
  }
  const { id } = (await open()).body
  const mistake = async (verb: string, body: object) => JSON.stringify((await call(id, verb, body)).body)
  expect(await mistake('updates', { text: 'x', status: 'resolved' })).toContain(
    `/api/incidents/${id}/resolve`,
  )
  expect(await mistake('resolve', { resolvedAt: iso(noonMs - 6 * MINUTE) })).toContain('began at')
  expect((await call(id, 'resolve', { resolvedAt: iso(noonMs - MINUTE), text: 'Over.' })).body).toMatchObject(
    {
      resolvedAt: iso(noonMs - MINUTE),
    },
  )
  expect((await call(id, 'resolve')).status).toBe(409)
  expect(await mistake('updates', { text: 'x', status: 'identified' })).toContain('open another one')
})

test('the list is newest first, in pages, and can be of those that go on', async () => {
  const ids: string[] = []
  for (const minutes of [3, 2, 2, 1]) {
    ids.unshift((await open({ startedAt: iso(noonMs - minutes * MINUTE) })).body.id)
  }
  await call(ids[3]!, 'resolve')
  const seen: Incident[] = []
  let cursor = ''
  do {
    const path = `/api/incidents?limit=1${cursor}`
    const { body } = await control.operator<{ items: Incident[]; nextCursor: string | null }>('GET', path)
    seen.push(...body.items)
    cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`
  } while (cursor !== '')
  expect(seen.map(({ startedAt }) => startedAt)).toEqual(
    [1, 2, 2, 3].map(each => iso(noonMs - each * MINUTE)),
  )
  expect(new Set(seen.map(({ id }) => id))).toEqual(new Set(ids))
  const ongoing = await control.operator<{ items: Incident[] }>('GET', '/api/incidents?open=true')
  expect(ongoing.body.items).toHaveLength(3)
  const over = await control.operator<{ items: Incident[] }>('GET', '/api/incidents?open=false')
  expect(over.body.items.map(({ id }) => id)).toEqual([ids[3]])
})
