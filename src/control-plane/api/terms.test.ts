import { afterEach, beforeEach, expect, test } from 'vitest'
import { addCustomer, auditOf, chatYaml, type Control, noonMs, startControl } from './test-control.ts'

let control: Control
let id: string
beforeEach(async () => {
  control = await startControl()
  id = (await addCustomer(control, 'Acme')).organizationId
})
afterEach(async () => control.close())

interface Listed {
  terms: { from: string; terms: Record<string, unknown>; contractVersion: number }[]
  mistakes: { path: string; message: string }[]
  detail: string
}

const now = new Date(noonMs).toISOString()
const later = new Date(noonMs + 86_400_000).toISOString()

async function agree(body: Record<string, unknown>) {
  return control.operator<Listed>('PUT', `/api/organizations/${id}/terms`, body)
}

test('terms hold from their date on, whole, and what came after them is gone', async () => {
  const first = { includes: { mau: 20_000 }, limits: { app: { SendMessage: 5 } } }
  expect((await agree({ from: now, ...first })).body.terms).toMatchObject([{ from: now, terms: first }])
  const second = { price: { monthly: '399.00' } }
  const { body } = await agree({ from: later, ...second })
  expect(body.terms.map(({ from, terms }) => ({ from, terms }))).toEqual([
    { from: now, terms: first },
    { from: later, terms: second },
  ])
  expect((await agree({ from: now })).body.terms).toMatchObject([{ from: now, terms: {} }])
  expect((await control.operator('GET', `/api/organizations/${id}/terms`)).body).toMatchObject({
    terms: [{ from: now, terms: {}, contractVersion: 1 }],
  })
  expect((await auditOf(control)).filter(line => line === 'operator terms.agreed')).toHaveLength(3)
})

test.each([
  [{ from: now, limits: { app: { SendMesage: 5 } } }, 'limits.app.SendMesage', /SendMessage/],
  [{ from: now, price: { monthly: 399 } }, 'price.monthly', /quotes/],
  [{ from: now, sla: { form: 'accelerated' } }, 'sla', /`sla.target` is missing/],
  [{ from: now, prize: {} }, 'prize', /did you mean `price`/],
  [{ from: '2026-01-01T00:00:00Z' }, 'from', /from 2026-11-01/],
  [{}, 'from', /RFC 3339/],
])('%j is refused, naming the place', async (body, path, message) => {
  const answer = await agree(body)
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-body' } })
  expect(answer.body.mistakes[0]).toEqual({ path, message: expect.stringMatching(message) })
  expect((await control.operator<Listed>('GET', `/api/organizations/${id}/terms`)).body.terms).toEqual([])
})

test('a contract that drops a name which terms limit is not taken', async () => {
  await agree({ from: now, limits: { app: { SendEvent: 5 } } })
  const yaml = chatYaml.replaceAll('SendEvent', 'SendSignal')
  const answer = await control.operator<Listed>('PUT', '/api/contract', { yaml })
  expect(answer.body.detail + JSON.stringify(answer.body)).toContain(
    `which the terms of organization ${id} name`,
  )
})
