import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Control, startControl } from './test-control.ts'

let control: Control
beforeAll(async () => {
  control = await startControl()
})
afterAll(async () => control.close())

const json = { 'content-type': 'application/json' }

test('every answer names its request, is cached by nobody and opens to no other page', async () => {
  const answers = [
    await control.operator('GET', '/api/organizations'),
    await control.as(undefined)('GET', '/api/organizations'),
    await control.operator('GET', '/nothing'),
    await control.as(undefined)('GET', '/healthz'),
  ]
  const ids = answers.map(({ headers }) => headers.get('weir-request-id'))
  expect(new Set(ids).size).toBe(4)
  for (const { headers, body } of answers) {
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('access-control-allow-origin')).toBeNull()
    if ('requestId' in body) expect(body['requestId']).toBe(headers.get('weir-request-id'))
  }
})

test('what is not there is a problem', async () => {
  const { status, body, headers } = await control.operator('GET', '/api/nothing')
  expect(status).toBe(404)
  expect(headers.get('content-type')).toBe('application/problem+json')
  expect(body).toMatchObject({ type: 'urn:weir:error:not-found', status: 404, code: 'not-found' })
  expect((await control.operator('GET', '/api/organizations/org_none')).body).toMatchObject({
    code: 'not-found',
  })
})

test.each([
  ['{"name": "x",\n  "plan" "start"}', json, /not JSON: line 2, column 10/],
  ['{"name"', json, /not JSON/],
  ['{"name":"x","plan":"start"}', { 'content-type': 'text/plain' }, /content-type: application\/json/],
  ['[]', json, /Expected an object; found /],
  ['null', json, /Expected an object; found /],
  ['{"billing": 1}', json, /name: .* billing: /],
])('the body %j is refused with a sentence that helps', async (body, headers, detail) => {
  const answer = await control.operator('POST', '/api/organizations', body, headers)
  expect(answer).toMatchObject({
    status: 400,
    body: { code: 'invalid-body', detail: expect.stringMatching(detail) },
  })
})

test('a missing body names the fields it should have had', async () => {
  const answer = await control.operator('POST', '/api/organizations')
  expect(answer).toMatchObject({ status: 400, body: { mistakes: [{ path: 'name' }] } })
})

test('a body of more than 2 MiB is refused', async () => {
  const yaml = 'x'.repeat(2 * 1024 * 1024)
  const answer = await control.operator('PUT', '/api/contract', { yaml })
  expect(answer).toMatchObject({ status: 413, body: { code: 'payload-too-large' } })
})

test.each(['Basic b3A6b3A=', 'Bearer', 'Bearer a b', ''])(
  'the header %j is no credential',
  async authorization => {
    const { status } = await control.as(undefined)('GET', '/api/organizations', undefined, { authorization })
    expect(status).toBe(401)
  },
)

test('what nobody foresaw is logged with its cause, and answered without it', async () => {
  const broken = await startControl({
    readRateLimits: async () => {
      throw new Error('the planted cause')
    },
  })
  const organization = await broken.operator<{ id: string }>('POST', '/api/organizations', {
    name: 'x',
    plan: 'start',
  })
  const app = await broken.operator<{ id: string }>(
    'POST',
    `/api/organizations/${organization.body.id}/apps`,
    {
      name: 'x',
    },
  )
  const { status, body } = await broken.operator('GET', `/api/apps/${app.body.id}/rate_limits`)
  expect([status, body['code']]).toEqual([500, 'internal-error'])
  expect(JSON.stringify(body)).not.toContain('planted')
  const line = broken.logged.find(text => text.includes('the planted cause'))
  expect(line).toContain(String(body['requestId']))
  await broken.close()
})

test('whoever runs Weir reads its health, its readiness and its metrics', async () => {
  const anyone = control.as(undefined)
  expect((await anyone('GET', '/healthz')).status).toBe(200)
  expect((await anyone('GET', '/readyz')).status).toBe(200)
  expect((await anyone<string>('GET', '/metrics')).body).toBe('weir_up 1\n')
  const starting = await startControl({ ready: () => false })
  expect((await starting.as(undefined)('GET', '/readyz')).status).toBe(503)
  await starting.close()
})

test('the style of the page is the one its policy allows', async () => {
  const { body, headers } = await control.as(undefined)<string>('GET', '/api/docs')
  const style = /<style>([\s\S]*)<\/style>/.exec(body)?.[1] ?? ''
  const hash = createHash('sha256').update(style).digest('base64')
  expect(headers.get('content-security-policy')).toContain(`'sha256-${hash}'`)
})
