import { Registry } from 'prom-client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startChannels } from '../channels/start-channels.ts'
import { signedFields } from '../channels/standard-webhooks.ts'
import { startReceiver } from '../channels/test-receiver.ts'
import { addCustomer, addMember, auditOf, type Control, noonMs, startControl } from './test-control.ts'

let control: Control
let receiver: Awaited<ReturnType<typeof startReceiver>>
let channels: ReturnType<typeof startChannels>
beforeEach(async () => {
  control = await startControl({ allowPrivateWebhooks: true })
  receiver = await startReceiver()
  const { store, sealer, clock, log } = control.deps
  channels = startChannels({
    db: store.db,
    sealer,
    registry: new Registry(),
    clock,
    realClock: clock,
    log,
    version: '0.1.0',
    allowPrivate: true,
    smtpUrl: undefined,
    mailFrom: 'weir@example.com',
    publicUrl: undefined,
  })
})
afterEach(async () => {
  await channels.stop()
  await receiver.close()
  await control.close()
})

interface Webhook {
  id: string
  secret: string
}
interface Delivery {
  id: string
  status: string
  event: { id: string; type: string }
  attempts: { status: number | null }[]
}

const events = ['app.suspended', 'app.resumed', 'subscription.changed', 'terms.agreed']
const operator = async (...args: Parameters<Control['operator']>) => control.operator(...args)
const add = async (body: object = {}, as = control.operator) =>
  as<Webhook>('POST', '/api/webhooks', { url: receiver.url, events, ...body })
const log = async (id: string) =>
  (await control.operator<{ items: Delivery[] }>('GET', `/api/webhooks/${id}/deliveries`)).body.items
const types = () => receiver.received.map(({ body }): string => JSON.parse(body).type)

test('the secret is shown once, and never again', async () => {
  const { status, body } = await add()
  expect(status).toBe(201)
  expect(body.secret).toMatch(/^whsec_/)
  const answers = [
    await operator('GET', `/api/webhooks/${body.id}`),
    await operator('GET', '/api/webhooks'),
    await operator('PATCH', `/api/webhooks/${body.id}`, { events: ['app.suspended'] }),
    await operator('POST', `/api/webhooks/${body.id}/test`),
    await operator('GET', '/api/audit'),
  ]
  for (const answer of answers) {
    expect(answer.status).toBeLessThan(300)
    expect(JSON.stringify(answer.body)).not.toMatch(/whsec_|secret"/)
  }
})

test('what the API changes is told, in the transaction of the change', async () => {
  const { organizationId, app } = await addCustomer(control, 'Acme')
  const { body } = await add()
  await operator('POST', `/api/apps/${app.id}/suspend`, { reason: 'Unpaid' })
  await operator('POST', `/api/apps/${app.id}/suspend`, { reason: 'Unpaid' })
  await operator('POST', `/api/apps/${app.id}/resume`)
  const path = `/api/organizations/${organizationId}`
  await operator('PUT', `${path}/subscription`, { plan: 'enterprise' })
  await operator('PUT', `${path}/subscription`, { plan: 'no such plan' })
  await operator('PUT', `${path}/terms`, { from: '2026-12-01T00:00:00Z', includes: { mau: 20_000 } })
  expect((await log(body.id)).map(({ event }) => event.type).toSorted()).toEqual(events.toSorted())
  await channels.deliverDue()
  expect(types().toSorted()).toEqual(events.toSorted())
  const told = receiver.received
    .map(each => JSON.parse(each.body))
    .find(({ type }) => type === 'app.suspended')
  expect(told).toEqual({
    type: 'app.suspended',
    timestamp: new Date(noonMs).toISOString(),
    organization: organizationId,
    data: { app: app.id, reason: 'Unpaid' },
  })
})

test('a customer’s admin manages its own webhooks, which hear of its own organization alone', async () => {
  const acme = await addCustomer(control, 'Acme')
  const other = await addCustomer(control, 'Other')
  const asAdmin = control.as(acme.admin.token)
  const providers = (await add()).body.id
  const own = await add({}, asAdmin)
  expect(own).toMatchObject({ status: 201, body: { organization: acme.organizationId } })
  expect(await add({ organization: other.organizationId }, asAdmin)).toMatchObject({ status: 404 })
  expect(
    (await asAdmin<{ items: Webhook[] }>('GET', '/api/webhooks')).body.items.map(({ id }) => id),
  ).toEqual([own.body.id])
  for (const [method, rest] of [
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['GET', '/deliveries'],
    ['POST', '/test'],
    ['POST', '/rotate'],
  ] as const) {
    const body = method === 'PATCH' ? {} : undefined
    expect(await asAdmin(method, `/api/webhooks/${providers}${rest}`, body)).toMatchObject({ status: 404 })
  }
  await operator('POST', `/api/apps/${other.app.id}/suspend`, { reason: 'Unpaid' })
  expect(await log(own.body.id)).toEqual([])
  await operator('POST', `/api/apps/${acme.app.id}/suspend`, { reason: 'Unpaid' })
  expect(await log(own.body.id)).toHaveLength(1)
  expect(await log(providers)).toHaveLength(2)
})

test('developers, finance and support read webhooks and change none', async () => {
  const { developer, organizationId } = await addCustomer(control, 'Acme')
  const { id } = (await add({ organization: organizationId })).body
  const tokens = [developer.token]
  for (const role of ['finance', 'support']) tokens.push((await addMember(control, role)).token)
  for (const token of tokens) {
    const as = control.as(token)
    expect((await as('GET', `/api/webhooks/${id}/deliveries`)).status).toBe(200)
    expect((await add({}, as)).status).toBe(403)
    expect((await as('POST', `/api/webhooks/${id}/rotate`)).status).toBe(403)
    expect((await as('DELETE', `/api/webhooks/${id}`)).status).toBe(403)
  }
})

test('after a rotation both secrets sign for 24 hours, then the new one alone', async () => {
  const { id, secret: old } = (await add()).body
  const { secret } = (await control.operator<Webhook>('POST', `/api/webhooks/${id}/rotate`)).body
  expect(secret).not.toBe(old)
  const signedBy = async (secrets: string[]) => {
    const { event } = (await control.operator<Delivery>('POST', `/api/webhooks/${id}/test`)).body
    await channels.deliverDue()
    const { headers, body } = receiver.received.at(-1)!
    const fields = signedFields({ id: event.id, sentAtMs: control.time.nowMs, body }, secrets)
    expect(headers).toMatchObject(fields)
  }
  await signedBy([secret, old])
  control.time.nowMs += 24 * 3600 * 1000 - 1
  await signedBy([secret, old])
  control.time.nowMs += 1
  await signedBy([secret])
})

test('a delivery is sent again when someone asks for it, under its own id', async () => {
  const { id } = (await add()).body
  const delivery = (await control.operator<Delivery>('POST', `/api/webhooks/${id}/test`)).body
  await channels.deliverDue()
  const path = `/api/webhooks/${id}/deliveries/${delivery.id}/retry`
  expect(await operator('POST', path)).toMatchObject({ status: 200, body: { status: 'waiting' } })
  await channels.deliverDue()
  expect(receiver.ids()).toEqual([delivery.event.id, delivery.event.id])
  expect(await log(id)).toMatchObject([{ status: 'delivered', attempts: [{ status: 200 }, { status: 200 }] }])
  const other = (await add()).body.id
  expect((await operator('POST', `/api/webhooks/${other}/deliveries/${delivery.id}/retry`)).status).toBe(404)
  expect(await auditOf(control)).toContain('operator webhook.delivery-retried')
})

test('a webhook that is disabled keeps nothing, and begins anew when it is enabled', async () => {
  const { app } = await addCustomer(control, 'Acme')
  const { id } = (await add()).body
  await operator('POST', `/api/webhooks/${id}/test`)
  const off = await operator('PATCH', `/api/webhooks/${id}`, { enabled: false })
  expect(off.body).toMatchObject({ enabled: false, disabledReason: 'operator disabled it.' })
  expect(await log(id)).toMatchObject([{ status: 'given-up' }])
  await operator('POST', `/api/apps/${app.id}/suspend`, { reason: 'Unpaid' })
  expect(await log(id)).toHaveLength(1)
  expect((await operator('POST', `/api/webhooks/${id}/test`)).status).toBe(409)
  await operator('PATCH', `/api/webhooks/${id}`, { enabled: true })
  await operator('POST', `/api/apps/${app.id}/resume`)
  await channels.deliverDue()
  expect(types()).toEqual(['app.resumed'])
})

test('a deleted webhook goes with its log and gets nothing more', async () => {
  const { id } = (await add()).body
  await operator('POST', `/api/webhooks/${id}/test`)
  expect((await operator('DELETE', `/api/webhooks/${id}`)).status).toBe(204)
  await channels.deliverDue()
  expect(receiver.received).toEqual([])
  expect((await operator('GET', `/api/webhooks/${id}/deliveries`)).status).toBe(404)
})

test('the log is read newest first, in pages that hold every delivery once', async () => {
  const { id } = (await add()).body
  const made: string[] = []
  for (let i = 0; i < 5; i++) {
    if (i > 2) control.time.nowMs += 1
    made.push((await control.operator<Delivery>('POST', `/api/webhooks/${id}/test`)).body.id)
  }
  const seen: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const path: string = `/api/webhooks/${id}/deliveries?limit=2${cursor && `&cursor=${cursor}`}`
    const page = await control.operator<{ items: Delivery[]; nextCursor: string | null }>('GET', path)
    seen.push(...page.body.items.map(each => each.id))
    cursor = page.body.nextCursor
  }
  expect(seen.toSorted()).toEqual(made.toSorted())
  expect(seen.slice(0, 2)).toEqual([made[4], made[3]])
})

test.each([
  ['http://example.com/', /https/],
  ['ftp://example.com/', /https/],
  ['https://user:pass@example.com/', /no user/],
  ['https://example.com/#x', /fragment/],
  ['https://127.0.0.1/', /no public address/],
  ['https://[::1]/', /no public address/],
  ['https://0x7f000001/', /no public address/],
  ['https://169.254.169.254/latest/meta-data', /no public address/],
  ['example.com', /address/],
])('the address %s is refused, naming the field', async (url, message) => {
  const strict = await startControl()
  const answer = await strict.operator('POST', '/api/webhooks', { url, events })
  const mistakes = [{ path: 'url', message: expect.stringMatching(message) }]
  expect(answer).toMatchObject({ status: 400, body: { mistakes } })
  await strict.close()
})

test.each([[[]], [['no.such']], [['webhook.test']], ['app.suspended']])(
  'the events %j are refused, naming the field',
  async wanted => {
    const answer = await add({ events: wanted })
    expect(answer.status).toBe(400)
    expect(JSON.stringify(answer.body)).toContain('"path":"events')
  },
)

test('an owner has at most 50 webhooks', async () => {
  for (let i = 0; i < 50; i++) expect((await add()).status).toBe(201)
  expect(await add()).toMatchObject({ status: 409 })
})
