import { afterEach, beforeEach, expect, test } from 'vitest'
import { addCustomer, addMember, type Control, startControl } from './test-control.ts'

let control: Control
beforeEach(async () => {
  control = await startControl()
})
afterEach(async () => control.close())

const acme = { name: 'Acme', plan: 'growth' }

async function create(key: string, body: unknown = acme, call = control.operator) {
  return call<{ id: string }>('POST', '/api/organizations', body, { 'idempotency-key': key })
}

async function organizations(): Promise<number> {
  const rows = await control.deps.store.db.selectFrom('organizations').select('id').execute()
  return rows.length
}

test('the same request with the same key gets the same answer, secrets too, and happens once', async () => {
  const { organizationId } = await addCustomer(control, 'Acme')
  const app = async () =>
    control.operator(
      'POST',
      `/api/organizations/${organizationId}/apps`,
      { name: 'x' },
      { 'idempotency-key': 'k' },
    )
  const first = await app()
  const second = await app()
  expect(second).toMatchObject({ status: 201, body: first.body })
  expect([first, second].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true'])
})

test('requests with one key that come at the same time happen once', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, async () => create('k')))
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
  expect(await organizations()).toBe(1)
})

test('another request with the same key is refused', async () => {
  await create('k')
  const other = await create('k', { ...acme, name: 'Other' })
  expect(other).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } })
  const elsewhere = { 'idempotency-key': 'k' }
  const member = { name: 'Ada', email: 'ada@example.com', role: 'support' }
  expect((await control.operator('POST', '/api/members', member, elsewhere)).status).toBe(422)
  expect(await organizations()).toBe(1)
})

test('keys of two people do not meet', async () => {
  const { token } = await addMember(control, 'operator')
  const [one, other] = [await create('k'), await create('k', acme, control.as(token))]
  expect(other.body.id).not.toBe(one.body.id)
})

test('a refused request keeps no answer, so it can be corrected under its key', async () => {
  expect((await create('k', { ...acme, plan: 'none' })).status).toBe(400)
  expect((await create('k')).status).toBe(201)
})

test('a key is free again after a day', async () => {
  const first = await create('k')
  control.time.nowMs += 24 * 3600 * 1000
  expect((await create('k')).body.id).not.toBe(first.body.id)
})

test('a key that is empty or endless is refused', async () => {
  for (const key of ['', 'k'.repeat(256)]) {
    expect((await create(key)).body).toMatchObject({ code: 'malformed-request' })
  }
})
