import { afterAll, beforeAll, expect, test } from 'vitest'
import { testBodies } from './test-bodies.ts'
import { type Control, startControl } from './test-control.ts'

interface Document {
  paths: Record<string, Record<string, { security?: unknown; summary?: string; requestBody?: unknown }>>
}

let control: Control
let operations: { method: string; path: string }[]
beforeAll(async () => {
  control = await startControl()
  const document = await control.as(undefined)<Document>('GET', '/api/openapi.json')
  operations = Object.entries(document.body.paths).flatMap(([path, item]) =>
    Object.keys(item).map(method => ({ method: method.toUpperCase(), path })),
  )
})
afterAll(async () => control.close())

const bodies = testBodies({ organization: 'org_1', app: 'app_1', incident: 'inc_1' })

test('the document has every route', () => {
  expect(operations.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual([
    'DELETE /api/apps/{app}/keys/{key}',
    'DELETE /api/members/{member}',
    'DELETE /api/organizations/{organization}/leaving',
    'DELETE /api/webhooks/{webhook}',
    'GET /api/apps/{app}',
    'GET /api/apps/{app}/availability',
    'GET /api/apps/{app}/rate_limits',
    'GET /api/apps/{app}/review',
    'GET /api/apps/{app}/usage',
    'GET /api/apps/{app}/usage/month',
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
    'GET /api/organizations/{organization}/availability',
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
