/** Whose things the bodies name. */
export interface NamedInBodies {
  readonly organization: string
  readonly app: string
  readonly incident: string
}

/** For every operation that takes a body, one that would do something if it got that far; by `METHOD path`. */
export function testBodies({ organization, app, incident }: NamedInBodies): Record<string, unknown> {
  return {
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
    'POST /api/members': { name: 'x', email: 'x@example.com', role: 'customer-admin', organization },
    'POST /api/webhooks': { url: 'https://example.com/weir', events: ['app.suspended'], organization },
    'POST /api/maintenance': { title: 'x', start: '2026-11-11T12:00:00Z', end: '2026-11-11T13:00:00Z' },
    'POST /api/maintenance/{maintenance}/extend': { end: '2026-11-12T15:00:00Z' },
    'POST /api/exclusions': {
      reason: 'customer',
      organization,
      start: '2026-11-01T12:00:00Z',
      end: '2026-11-01T13:00:00Z',
      text: 'x',
    },
    'POST /api/exclusions/{exclusion}/withdraw': { reason: 'x' },
    'POST /api/organizations/{organization}/sla/evidence/openings': {
      month: '2026-10',
      app,
      date: '2026-10-01',
      reason: 'x',
    },
    'POST /api/incidents': { title: 'x', impact: 'minor' },
    'POST /api/incidents/{incident}/updates': { text: 'x', status: 'identified' },
    'POST /api/incidents/{incident}/resolve': { text: 'x' },
    'POST /api/incidents/{incident}/merge': { into: 'inc_0' },
    'PATCH /api/webhooks/{webhook}': { enabled: false },
    'POST /api/tickets': { kind: 'claim', subject: 'x', incident, organization },
    'POST /api/probes/results': {
      place: 'x',
      results: [{ probe: 'x', at: '2026-11-10T12:00:00Z', ok: true, ms: 1 }],
    },
    'POST /api/contract/check': { yaml: 'weir: 1' },
    'PUT /api/contract': { yaml: 'weir: 1' },
  }
}
