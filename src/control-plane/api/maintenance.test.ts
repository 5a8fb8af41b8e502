import { afterEach, beforeEach, expect, test } from 'vitest'
import { addCustomer, addMember, auditOf, type Control, noonMs, startControl } from './test-control.ts'

let control: Control
beforeEach(async () => {
  control = await startControl()
})
afterEach(async () => control.close())

const HOUR = 3_600_000
const iso = (ms: number) => new Date(ms).toISOString()

interface Window {
  id: string
  start: string
  end: string
  noticeSeconds: number
  countsAgainstSla: boolean
  excluded: { start: string; end: string } | null
  cancelledAt: string | null
  extends: string | null
  because: string
}

const announce = async (startMs: number, endMs: number, as = control.operator) =>
  as<Window>('POST', '/api/maintenance', { title: 'New database', start: iso(startMs), end: iso(endMs) })
const call = async (id: string, verb: 'cancel' | 'extend', body?: object) =>
  control.operator<Window>('POST', `/api/maintenance/${id}/${verb}`, body)
const events = async () =>
  (await control.deps.store.db.selectFrom('events').selectAll().orderBy('at_ms').execute()).filter(
    ({ type }) => type.startsWith('maintenance.'),
  )

test('48 hours ahead is early enough, and one second less counts against the SLA', async () => {
  const startMs = noonMs + 48 * HOUR
  const early = await announce(startMs, startMs + HOUR)
  expect(early).toMatchObject({
    status: 201,
    body: {
      noticeSeconds: 172_800,
      neededSeconds: 172_800,
      countsAgainstSla: false,
      excluded: { start: iso(startMs), end: iso(startMs + HOUR) },
    },
  })
  const late = await announce(startMs - 1000, startMs + HOUR)
  expect(late.body).toMatchObject({ noticeSeconds: 172_799, countsAgainstSla: true, excluded: null })
  expect(late.body.because).toContain('172,799 seconds ahead, and 172,800 are needed')
  control.time.nowMs += 1
  expect((await announce(startMs, startMs + HOUR)).body).toMatchObject({
    noticeSeconds: 172_799,
    countsAgainstSla: true,
  })
  expect((await events()).map(({ type, organization }) => [type, organization])).toEqual(
    Array.from({ length: 3 }, () => ['maintenance.announced', null]),
  )
})

test('an extension is announced by itself, from the old end, and the first window stays as it was', async () => {
  const startMs = noonMs + 72 * HOUR
  const first = (await announce(startMs, startMs + 2 * HOUR)).body
  control.time.nowMs = startMs + HOUR
  const answer = await call(first.id, 'extend', { end: iso(startMs + 4 * HOUR) })
  expect(answer).toMatchObject({
    status: 201,
    body: { start: first.end, extends: first.id, noticeSeconds: 3600, countsAgainstSla: true },
  })
  const again = await call(first.id, 'extend', { end: iso(startMs + 5 * HOUR) })
  expect(again).toMatchObject({ status: 409, body: { code: 'conflict' } })
  expect(JSON.stringify(again.body)).toContain(answer.body.id)
  const { body } = await control.operator<{ items: Window[] }>('GET', '/api/maintenance')
  expect(body.items).toEqual([first, answer.body])
})

test('cancelling ends a window and what extends it; before the start it excludes nothing', async () => {
  const startMs = noonMs + 72 * HOUR
  const first = (await announce(startMs, startMs + HOUR)).body
  const second = (await call(first.id, 'extend', { end: iso(startMs + 2 * HOUR) })).body
  const third = (await call(second.id, 'extend', { end: iso(startMs + 3 * HOUR) })).body
  control.time.nowMs = startMs + HOUR / 2
  const cancelled = await call(first.id, 'cancel')
  expect(cancelled).toMatchObject({
    status: 200,
    body: { excluded: { start: iso(startMs), end: iso(startMs + HOUR / 2) }, countsAgainstSla: false },
  })
  const { items } = (await control.operator<{ items: Window[] }>('GET', '/api/maintenance')).body
  expect(items.map(({ id, excluded }) => [id, excluded === null])).toEqual([
    [first.id, false],
    [second.id, true],
    [third.id, true],
  ])
  expect((await call(first.id, 'cancel')).status).toBe(409)
  expect((await call(first.id, 'extend', { end: iso(startMs + 9 * HOUR) })).status).toBe(409)
  const [event] = (await events()).filter(({ type }) => type === 'maintenance.cancelled')
  expect(JSON.parse(event!.data)).toMatchObject({
    maintenance: first.id,
    extensions: [second.id, third.id],
  })
  // What was cancelled before it began no longer stands in the way of another extension.
  expect(await auditOf(control)).toEqual([
    ...Array.from({ length: 3 }, () => 'operator maintenance.announced'),
    'operator maintenance.cancelled',
  ])
})

test('what is no announcement is refused with what was expected', async () => {
  const cases: [number, number, string, RegExp][] = [
    [noonMs - 1000, noonMs + HOUR, 'start', /past.*from 2026-11-10T12:00:00/],
    [noonMs + HOUR, noonMs + HOUR, 'end', /after 2026-11-10T13:00:00/],
    [noonMs + 1500, noonMs + HOUR, 'start', /whole second, such as 2026-11-10T12:00:01/],
    [noonMs, noonMs + 32 * 24 * HOUR, 'end', /at most 31 days/],
  ]
  for (const [startMs, endMs, path, message] of cases) {
    const { status, body } = await announce(startMs, endMs)
    expect([status, body]).toMatchObject([
      400,
      { mistakes: [{ path, message: expect.stringMatching(message) }] },
    ])
  }
  expect((await announce(noonMs, noonMs + HOUR)).status).toBe(201)
  const { id } = (await announce(noonMs + HOUR, noonMs + 2 * HOUR)).body
  control.time.nowMs = noonMs + 2 * HOUR
  expect((await call(id, 'cancel')).status).toBe(409)
  expect((await call(id, 'extend', { end: iso(noonMs + 3 * HOUR) })).status).toBe(409)
  expect((await call('mnt_none', 'cancel')).status).toBe(404)
})

test('everyone reads what was announced, and only operators and support announce', async () => {
  const { admin, developer } = await addCustomer(control, 'Acme')
  const finance = await addMember(control, 'finance')
  const support = await addMember(control, 'support')
  const [startMs, endMs] = [noonMs + HOUR, noonMs + 2 * HOUR]
  for (const { token } of [admin, developer, finance]) {
    expect((await announce(startMs, endMs, control.as(token))).status).toBe(403)
  }
  const { body } = await announce(startMs, endMs, control.as(support.token))
  for (const { token } of [admin, developer, finance, support]) {
    const list = await control.as(token)<{ items: Window[] }>('GET', '/api/maintenance')
    expect(list.body.items).toEqual([body])
  }
})

test('a list is of the stretch that was asked for', async () => {
  const { body } = await announce(noonMs + HOUR, noonMs + 2 * HOUR)
  const list = async (query: string) =>
    control.operator<{ items: Window[] }>('GET', `/api/maintenance?${query}`)
  expect((await list(`from=${iso(noonMs + 2 * HOUR)}`)).body.items).toEqual([])
  expect((await list(`from=${iso(noonMs)}&to=${iso(noonMs + HOUR)}`)).body.items).toEqual([])
  expect((await list(`from=${iso(noonMs)}&to=${iso(noonMs + HOUR + 1)}`)).body.items).toEqual([body])
  expect(await list(`from=${iso(noonMs)}&to=${iso(noonMs)}`)).toMatchObject({
    status: 400,
    body: { code: 'invalid-query' },
  })
  expect((await list(`from=${iso(noonMs)}&to=${iso(noonMs + 401 * 24 * HOUR)}`)).status).toBe(400)
})
