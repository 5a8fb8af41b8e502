import { afterEach, beforeEach, expect, test } from 'vitest'
import { addClosedMonth } from '../../store/closed-months.ts'
import { addCustomer, addMember, auditOf, type Control, noonMs, startControl } from './test-control.ts'

let control: Control
let acme: Awaited<ReturnType<typeof addCustomer>>
let other: Awaited<ReturnType<typeof addCustomer>>
beforeEach(async () => {
  control = await startControl()
  acme = await addCustomer(control, 'Acme')
  other = await addCustomer(control, 'Other')
})
afterEach(async () => control.close())

interface Exclusion {
  id: string
  organization: string | null
  closedMonths: string[]
  note: string | null
  withdrawn: { reason: string } | null
}

const power = {
  reason: 'force-majeure',
  start: '2026-11-10T10:00:00Z',
  end: '2026-11-10T10:07:00Z',
  text: 'The region’s power grid failed.\nSee their report.',
}
const record = async (more: object = {}, as = control.operator) =>
  as<Exclusion>('POST', '/api/exclusions', { ...power, ...more })
const seenBy = async (token: string, query = '', headers = {}) =>
  (
    await control.as(token)<{ items: Exclusion[] }>('GET', `/api/exclusions${query}`, undefined, headers)
  ).body.items.map(({ id }) => id)

test('an exclusion has reason, author, span and text, and is seen by whom it is about alone', async () => {
  const support = await addMember(control, 'support')
  const forAll = (await record({}, control.as(support.token))).body
  expect(forAll).toMatchObject({
    ...power,
    start: '2026-11-10T10:00:00.000Z',
    end: '2026-11-10T10:07:00.000Z',
    organization: null,
    author: support.id,
    createdAt: new Date(noonMs).toISOString(),
    withdrawn: null,
    closedMonths: [],
    note: null,
  })
  const own = (await record({ reason: 'customer', organization: acme.organizationId })).body
  expect(own.organization).toBe(acme.organizationId)
  expect(await seenBy(acme.admin.token)).toEqual(expect.arrayContaining([forAll.id, own.id]))
  expect(await seenBy(acme.serverToken, '', { 'x-api-key': acme.app.apiKey })).toHaveLength(2)
  expect(await seenBy(other.developer.token)).toEqual([forAll.id])
  expect(await seenBy(support.token, `?organization=${other.organizationId}`)).toEqual([forAll.id])
  expect(await seenBy(support.token)).toHaveLength(2)
  expect((await auditOf(control)).slice(-2)).toEqual([
    `${support.id} exclusion.recorded`,
    'operator exclusion.recorded',
  ])
})

test('a withdrawn one stays visible with its reason, and is withdrawn once', async () => {
  const { id } = (await record()).body
  const withdraw = async (body: object, as = control.operator) =>
    as<Exclusion>('POST', `/api/exclusions/${id}/withdraw`, body)
  expect((await withdraw({})).status).toBe(400)
  expect((await withdraw({ reason: 'x' }, control.as(acme.admin.token))).status).toBe(403)
  const answer = await withdraw({ reason: 'It was our own cable.' })
  const withdrawn = {
    at: new Date(noonMs).toISOString(),
    author: 'operator',
    reason: 'It was our own cable.',
  }
  expect(answer).toMatchObject({ status: 200, body: { id, withdrawn } })
  expect(await seenBy(acme.admin.token)).toEqual([id])
  expect(await withdraw({ reason: 'again' })).toMatchObject({ status: 409, body: { code: 'conflict' } })
  expect((await control.operator('POST', '/api/exclusions/exc_0/withdraw', { reason: 'x' })).status).toBe(404)
})

test('the list of a foreign organization and of one that is not there are both a 404', async () => {
  const status = async (token: string, organization: string) =>
    (await control.as(token)('GET', `/api/exclusions?organization=${organization}`)).status
  const support = await addMember(control, 'support')
  expect(await status(other.admin.token, acme.organizationId)).toBe(404)
  expect(await status(support.token, 'org_none')).toBe(404)
  expect(await status(acme.admin.token, acme.organizationId)).toBe(200)
})

test('in a month that is closed it is accepted, and says that it lowers no credit that was given', async () => {
  const closed = { organizationId: acme.organizationId, month: '2026-10', invoiceId: undefined }
  await addClosedMonth(control.deps.store.db, { ...closed, closedMs: noonMs })
  const october = { start: '2026-10-31T23:00:00Z', end: '2026-11-01T01:00:00Z' }
  const own = (await record({ ...october, organization: acme.organizationId })).body
  expect(own.closedMonths).toEqual(['2026-10'])
  expect(own.note).toBe(
    'Closed: 2026-10. A credit that was given for a closed month is not lowered by an exclusion; that takes a person and a reason.',
  )
  const forAll = (await record(october)).body
  expect(forAll.note).toMatch(/^Closed for at least one organization: 2026-10\. /)
  expect((await record({ ...october, organization: other.organizationId })).body).toMatchObject({
    closedMonths: [],
    note: null,
  })
  // To the other customer nothing is said of Acme's months.
  const list = await control.as(other.admin.token)<{ items: Exclusion[] }>('GET', '/api/exclusions')
  expect(list.body.items.find(({ id }) => id === forAll.id)).toMatchObject({ closedMonths: [], note: null })
})

test('what does not say why, when or for whom is refused with what was expected', async () => {
  const ahead = { start: '2031-01-01T00:00:00Z', end: '2031-01-02T00:00:00Z' }
  const cases: [object, string, RegExp][] = [
    [{ reason: 'weather' }, 'reason', /one of force-majeure, customer, third-party/],
    [{ text: ' ' }, 'text', /empty/],
    [{ start: '2026-11-10T10:00:00.5Z' }, 'start', /whole second/],
    [{ end: power.start }, 'end', /after 2026-11-10T10:00:00/],
    [{ end: '2027-11-12T10:00:00Z' }, 'end', /at most 366 days/],
    [{ reason: 'customer' }, 'organization', /Name the customer/],
    [ahead, 'start', /force-majeure is recorded once it has begun: give an instant up to 2026-11-10T12/],
    [
      { ...ahead, reason: 'customer', organization: acme.organizationId },
      'start',
      /more than 366 days ahead/,
    ],
  ]
  for (const [more, path, message] of cases) {
    const { status, body } = await record(more)
    expect([status, body]).toMatchObject([
      400,
      { mistakes: [{ path, message: expect.stringMatching(message) }] },
    ])
  }
  expect((await record({ organization: 'org_none' })).status).toBe(404)
  expect((await record({}, control.as(acme.admin.token))).status).toBe(403)
})
