import { afterAll, beforeAll, expect, test } from 'vitest'
import { addCustomer, auditOf, type Control, startControl } from './test-control.ts'

interface Document {
  paths: Record<string, Record<string, { security?: unknown; summary?: string; requestBody?: unknown }>>
}

let control: Control
let own: Awaited<ReturnType<typeof addCustomer>>
let foreign: Awaited<ReturnType<typeof addCustomer>>
let webhookId: string
let deliveryId: string
let maintenanceId: string
let exclusionId: string
let incidentId: string
let operations: { method: string; path: string }[]
beforeAll(async () => {
  control = await startControl()
  own = await addCustomer(control, 'Acme')
  foreign = await addCustomer(control, 'Other')
  const body = { ...webhookBody, organization: own.organizationId }
  bodies['POST /api/webhooks'] = body
  bodies['POST /api/tickets'] = {
    kind: 'claim',
    subject: 'x',
    incident: 'inc_1',
    organization: own.organizationId,
  }
  const webhook = await control.operator<{ id: string }>('POST', '/api/webhooks', body)
  webhookId = webhook.body.id
  deliveryId = (await control.operator<{ id: string }>('POST', `/api/webhooks/${webhookId}/test`)).body.id
  const made = async (path: string, more = {}) =>
    (await control.operator<{ id: string }>('POST', path, { ...(bodies[`POST ${path}`] as object), ...more }))
      .body.id
  maintenanceId = await made('/api/maintenance')
  exclusionId = await made('/api/exclusions', { organization: own.organizationId })
  incidentId = await made('/api/incidents')
  const document = await control.as(undefined)<Document>('GET', '/api/openapi.json')
  operations = Object.entries(document.body.paths).flatMap(([path, item]) =>
    Object.keys(item).map(method => ({ method: method.toUpperCase(), path })),
  )
})
afterAll(async () => control.close())

/** Where each path's parameters point, for a thing of Acme's. */
function pathOf(path: string): string {
  return path
    .replace('{organization}', own.organizationId)
    .replace('{app}', own.app.id)
    .replace('{key}', own.app.keys[0]?.id ?? '')
    .replace('{member}', own.developer.id)
    .replace('{webhook}', webhookId)
    .replace('{maintenance}', maintenanceId)
    .replace('{exclusion}', exclusionId)
    .replace('{incident}', incidentId)
    .replace('{delivery}', deliveryId)
    .replace('{payment}', 'pay_1')
    .replace('{invoice}', `draft-${own.organizationId}-2026-11`)
}

const webhookBody = { url: 'https://example.com/weir', events: ['app.suspended'] }

/** A body that would do something, if it got that far. */
const bodies: Record<string, unknown> = {
  'POST /api/organizations': { name: 'x', plan: 'start' },
  'PATCH /api/organizations/{organization}': { name: 'x' },
  'PUT /api/organizations/{organization}/subscription': { plan: 'start' },
  'PUT /api/organizations/{organization}/terms': { from: '2026-11-10T12:00:00Z' },
  'POST /api/organizations/{organization}/apps': { name: 'x' },
  'POST /api/apps/{app}/suspend': { reason: 'x' },
  'PUT /api/apps/{app}/limits': { app: { Search: 1 } },
  'POST /api/organizations/{organization}/credits': { amount: '1.00', reason: 'x' },
  'POST /api/organizations/{organization}/manual-lines': { description: 'x', amount: '1.00', reason: 'x' },
  'PUT /api/organizations/{organization}/invoicing': { approval: true },
  'PUT /api/organizations/{organization}/leaving': { reason: 'x' },
  'POST /api/invoices/{invoice}/payments': { amount: '1.00' },
  'POST /api/invoices/{invoice}/payments/{payment}/reversal': { reason: 'x' },
  'POST /api/invoices/{invoice}/refunds': { amount: '1.00', reason: 'x' },
  'POST /api/invoices/{invoice}/write-off': { reason: 'x' },
  'POST /api/invoices/{invoice}/credit-note': { amount: '1.00', reason: 'x' },
  'POST /api/members': { name: 'x', email: 'x@example.com', role: 'operator' },
  'POST /api/webhooks': webhookBody,
  'POST /api/maintenance': { title: 'x', start: '2026-11-11T12:00:00Z', end: '2026-11-11T13:00:00Z' },
  'POST /api/maintenance/{maintenance}/extend': { end: '2026-11-12T15:00:00Z' },
  'POST /api/exclusions': {
    reason: 'customer',
    start: '2026-11-01T12:00:00Z',
    end: '2026-11-01T13:00:00Z',
    text: 'x',
  },
  'POST /api/exclusions/{exclusion}/withdraw': { reason: 'x' },
  'POST /api/organizations/{organization}/sla/evidence/openings': {
    month: '2026-10',
    app: 'app_1',
    date: '2026-10-01',
    reason: 'x',
  },
  'POST /api/incidents': { title: 'x', impact: 'minor' },
  'POST /api/incidents/{incident}/updates': { text: 'x', status: 'identified' },
  'POST /api/incidents/{incident}/resolve': { text: 'x' },
  'POST /api/incidents/{incident}/merge': { into: 'inc_0' },
  'PATCH /api/webhooks/{webhook}': { enabled: false },
  'POST /api/probes/results': {
    place: 'x',
    results: [{ probe: 'x', at: '2026-11-10T12:00:00Z', ok: true, ms: 1 }],
  },
  'POST /api/contract/check': { yaml: 'weir: 1' },
  'PUT /api/contract': { yaml: 'weir: 1' },
}

test('the document has every route', () => {
  expect(operations.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual([
    'DELETE /api/apps/{app}/keys/{key}',
    'DELETE /api/members/{member}',
    'DELETE /api/organizations/{organization}/leaving',
    'DELETE /api/webhooks/{webhook}',
    'GET /api/apps/{app}',
    'GET /api/apps/{app}/rate_limits',
    'GET /api/apps/{app}/review',
    'GET /api/apps/{app}/usage',
    'GET /api/audit',
    'GET /api/availability',
    'GET /api/availability/budgets',
    'GET /api/availability/cost',
    'GET /api/contract',
    'GET /api/contract/versions',
    'GET /api/credits/owed',
    'GET /api/exclusions',
    'GET /api/incidents',
    'GET /api/incidents/{incident}',
    'GET /api/invoices',
    'GET /api/invoices.csv',
    'GET /api/invoices/{invoice}',
    'GET /api/maintenance',
    'GET /api/members',
    'GET /api/organizations',
    'GET /api/organizations/{organization}',
    'GET /api/organizations/{organization}/apps',
    'GET /api/organizations/{organization}/budget',
    'GET /api/organizations/{organization}/credits',
    'GET /api/organizations/{organization}/invoices',
    'GET /api/organizations/{organization}/invoicing',
    'GET /api/organizations/{organization}/manual-lines',
    'GET /api/organizations/{organization}/sla',
    'GET /api/organizations/{organization}/sla/evidence',
    'GET /api/organizations/{organization}/subscriptions',
    'GET /api/organizations/{organization}/terms',
    'GET /api/organizations/{organization}/usage',
    'GET /api/probes',
    'GET /api/probes/schedule',
    'GET /api/webhooks',
    'GET /api/webhooks/{webhook}',
    'GET /api/webhooks/{webhook}/deliveries',
    'PATCH /api/organizations/{organization}',
    'PATCH /api/webhooks/{webhook}',
    'POST /api/apps/{app}/keys',
    'POST /api/apps/{app}/resume',
    'POST /api/apps/{app}/suspend',
    'POST /api/contract/check',
    'POST /api/exclusions',
    'POST /api/exclusions/{exclusion}/withdraw',
    'POST /api/incidents',
    'POST /api/incidents/{incident}/merge',
    'POST /api/incidents/{incident}/resolve',
    'POST /api/incidents/{incident}/updates',
    'POST /api/invoices/{invoice}/approve',
    'POST /api/invoices/{invoice}/credit-note',
    'POST /api/invoices/{invoice}/payments',
    'POST /api/invoices/{invoice}/payments/{payment}/reversal',
    'POST /api/invoices/{invoice}/refunds',
    'POST /api/invoices/{invoice}/write-off',
    'POST /api/maintenance',
    'POST /api/maintenance/{maintenance}/cancel',
    'POST /api/maintenance/{maintenance}/extend',
    'POST /api/members',
    'POST /api/organizations',
    'POST /api/organizations/{organization}/apps',
    'POST /api/organizations/{organization}/credits',
    'POST /api/organizations/{organization}/manual-lines',
    'POST /api/organizations/{organization}/sla/evidence/openings',
    'POST /api/probes/results',
    'POST /api/tickets',
    'POST /api/webhooks',
    'POST /api/webhooks/{webhook}/deliveries/{delivery}/retry',
    'POST /api/webhooks/{webhook}/rotate',
    'POST /api/webhooks/{webhook}/test',
    'PUT /api/apps/{app}/limits',
    'PUT /api/contract',
    'PUT /api/organizations/{organization}/invoicing',
    'PUT /api/organizations/{organization}/leaving',
    'PUT /api/organizations/{organization}/subscription',
    'PUT /api/organizations/{organization}/terms',
  ])
})

test.each([
  ['no credentials', undefined],
  ['a token nobody has', 'wm_0000000000000000000000000000000000000000000'],
])('every route answers 401 to %s', async (_, token) => {
  for (const { method, path } of operations) {
    const answer = await control.as(token)(method, pathOf(path), bodies[`${method} ${path}`])
    expect([method, path, answer.status, answer.body['code']]).toEqual([method, path, 401, 'unauthorized'])
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
  }
})

/** They answer with what is the asker's own, or what is told to everyone. */
const lists = [
  '/api/organizations',
  '/api/members',
  '/api/invoices',
  '/api/webhooks',
  '/api/availability',
  '/api/availability/budgets',
  '/api/exclusions',
  '/api/maintenance',
  '/api/incidents',
  '/api/incidents/{incident}',
]

test('no route shows or changes a thing for members of another organization', async () => {
  const before = await auditOf(control)
  const tokens = { admin: foreign.admin.token, developer: foreign.developer.token, app: foreign.serverToken }
  for (const [who, token] of Object.entries(tokens)) {
    for (const { method, path } of operations) {
      const key = { 'x-api-key': foreign.app.apiKey }
      const answer = await control.as(token)(method, pathOf(path), bodies[`${method} ${path}`], key)
      const isList = method === 'GET' && lists.includes(path)
      // An app has no right to members; what names a thing of Acme's is not there for anyone of another.
      const expected = /\{(organization|app|invoice)\}/.test(path) ? [404] : [403, 404]
      expect([who, method, path, isList && answer.status === 200 ? expected[0] : answer.status]).toEqual([
        who,
        method,
        path,
        expect.toBeOneOf(expected),
      ])
      const text = JSON.stringify(answer.body)
      for (const secret of [
        own.organizationId,
        own.app.id,
        own.developer.id,
        webhookId,
        deliveryId,
        exclusionId,
      ])
        expect(text).not.toContain(secret)
    }
  }
  expect(await auditOf(control)).toEqual(before)
})

test('every route is described, and refers to nothing that is missing', async () => {
  const { body } = await control.as(undefined)<Document>('GET', '/api/openapi.json')
  const text = JSON.stringify(body)
  for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
    expect(body).toHaveProperty(['components', 'schemas', name ?? ''])
  }
  expect(body).toMatchObject({
    openapi: '3.1.0',
    security: [{ bearer: [] }],
    components: { securitySchemes: { bearer: { scheme: 'bearer' } } },
  })
  expect(body).toHaveProperty(['components', 'schemas', 'Subscription', 'type'], 'object')
  for (const [path, item] of Object.entries(body.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      expect([path, method, operation.summary]).toEqual([path, method, expect.stringMatching(/\w/)])
      const needsBody = Object.hasOwn(bodies, `${method.toUpperCase()} ${path}`)
      expect([path, method, operation.requestBody !== undefined]).toEqual([path, method, needsBody])
    }
  }
})

test('the page of the document names every route, runs nothing and fetches nothing', async () => {
  const { body, headers, status } = await control.as(undefined)<string>('GET', '/api/docs')
  expect(status).toBe(200)
  expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[^']+';/)
  for (const { path } of operations) expect(body).toContain(`<code>${path}</code>`)
  expect(body).not.toMatch(/<script|\bon\w+=|\sstyle=|(src|href)="(?!#|\/api\/openapi\.json)/)
  expect(body).toContain('prefers-color-scheme: dark')
})
