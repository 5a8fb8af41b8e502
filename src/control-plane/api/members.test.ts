import { afterEach, beforeEach, expect, test } from 'vitest'
import { addCustomer, addMember, auditOf, type Control, startControl } from './test-control.ts'

let control: Control
beforeEach(async () => {
  control = await startControl()
})
afterEach(async () => control.close())

const person = { name: 'Ada', email: 'ada@example.com' }

test('a member’s token works until the member is removed', async () => {
  const { id, token } = await addMember(control, 'support')
  const support = control.as(token)
  expect((await support('GET', '/api/members')).body).toMatchObject({
    items: [{ id, role: 'support', organization: null }],
  })
  expect((await control.operator('DELETE', `/api/members/${id}`)).status).toBe(204)
  expect((await support('GET', '/api/members')).status).toBe(401)
  expect((await control.operator('DELETE', `/api/members/${id}`)).status).toBe(404)
  expect(await auditOf(control)).toEqual(['operator member.added', 'operator member.removed'])
})

test('a customer’s admin adds to its own organization, with the roles of a customer', async () => {
  const { admin, organizationId } = await addCustomer(control, 'Acme')
  const other = await addCustomer(control, 'Other')
  const add = async (body: Record<string, unknown>) =>
    control.as(admin.token)('POST', '/api/members', { ...person, ...body })
  expect(await add({ role: 'customer-developer' })).toMatchObject({
    status: 201,
    body: { organization: organizationId },
  })
  expect((await add({ role: 'customer-developer', organization: other.organizationId })).status).toBe(404)
  expect((await add({ role: 'customer-developer', organization: 'org_none' })).status).toBe(404)
  for (const role of ['operator', 'finance', 'support']) expect((await add({ role })).status).toBe(403)
})

test('a customer sees and removes its own members alone', async () => {
  const { admin, developer } = await addCustomer(control, 'Acme')
  const other = await addCustomer(control, 'Other')
  const staff = await addMember(control, 'support')
  const asAdmin = control.as(admin.token)
  const { body } = await asAdmin<{ items: { id: string }[] }>(
    'GET',
    `/api/members?organization=${other.organizationId}`,
  )
  expect(body.items.map(({ id }) => id).toSorted()).toEqual([admin.id, developer.id].toSorted())
  for (const { id } of [other.admin, staff])
    expect((await asAdmin('DELETE', `/api/members/${id}`)).status).toBe(404)
  expect((await asAdmin('DELETE', `/api/members/${developer.id}`)).status).toBe(204)
  expect((await control.as(developer.token)('GET', '/api/members')).status).toBe(401)
})

test.each([
  [{ role: 'customer-admin' }, 'organization'],
  [{ role: 'boss' }, 'role'],
  [{ role: 'finance', email: 'nobody' }, 'email'],
])('%j is refused, naming the field', async (body, path) => {
  const answer = await control.operator('POST', '/api/members', { ...person, ...body })
  expect(answer).toMatchObject({ status: 400, body: { mistakes: [{ path }] } })
})

test('one of the provider’s own people belongs to no organization', async () => {
  const { organizationId } = await addCustomer(control, 'Acme')
  const answer = await control.operator('POST', '/api/members', {
    ...person,
    role: 'finance',
    organization: organizationId,
  })
  expect(answer).toMatchObject({ status: 400, body: { mistakes: [{ path: 'organization' }] } })
})
