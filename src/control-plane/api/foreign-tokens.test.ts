import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pdfProgramPath } from '../../../test/system-programs.ts'
import { NO_HEAD } from '../../core/evidence/chain.ts'
import { invoicePdf } from '../documents/invoice-pdf.ts'
import { invoiceUbl } from '../documents/invoice-ubl.ts'
import { invoicesCsv } from '../documents/invoices-csv.ts'
import { whyNoUbl } from '../documents/why-no-ubl.ts'
import { testBodies } from './test-bodies.ts'
import { addCustomer, auditOf, type Control, startControl } from './test-control.ts'
import {
  MONTHS,
  NAME,
  PAYMENT,
  type RichCustomer,
  USED_KEY,
  addRichCustomer,
  liveThroughMonths,
  sellFromSeptember,
} from './test-belongings.ts'
import { type Operation, type Request, type Values, operationsOf, requestsOf } from './test-walk.ts'

let control: Control
let rich: RichCustomer
let other: Awaited<ReturnType<typeof addCustomer>>
let operations: readonly Operation[]
/** What the path and the query are filled with: the rich customer’s, and the asker’s own. */
let foreign: Values
let own: Values
let bodies: Record<string, unknown>
let marks: readonly string[]

beforeAll(async () => {
  const invoiceFormats = { pdf: invoicePdf, ubl: invoiceUbl, whyNoUbl, csv: invoicesCsv }
  control = await startControl({ invoiceFormats })
  await sellFromSeptember(control)
  other = await addCustomer(control, 'Other', 'start')
  rich = await addRichCustomer(control)
  await liveThroughMonths(control, rich)
  operations = operationsOf((await control.as(undefined)('GET', '/api/openapi.json')).body)
  const { organizationId, app, incident } = rich
  bodies = testBodies({ organization: organizationId, app: app.id, incident: incident.id })
  foreign = await foreignValues()
  own = await ownValues()
  marks = await marksOf()
}, 120_000)
afterAll(async () => control.close())

interface Listed {
  readonly items: readonly { readonly id: string }[]
  readonly nextCursor: string | null
}

async function invoiceIds(organizationId: string): Promise<string[]> {
  const path = `/api/organizations/${organizationId}/invoices`
  const ids = (await control.operator<Listed>('GET', path)).body.items.map(({ id }) => id)
  return [...ids, ...MONTHS.map(month => `draft-${organizationId}-${month}`)]
}

async function foreignValues(): Promise<Values> {
  const { organizationId, app, developer, webhook, delivery, exclusion, incident } = rich
  const operator = await control.operator<Listed>('GET', '/api/organizations?limit=1')
  const invoices = `/api/organizations/${organizationId}/invoices`
  const listed = await control.as(rich.admin.token)<Listed>('GET', `${invoices}?limit=1`)
  return {
    organization: [organizationId],
    app: [app.id],
    key: app.keys.map(({ id }) => id),
    member: [developer.id],
    webhook: [webhook.id],
    delivery: [delivery.id],
    exclusion: [exclusion.id],
    incident: [incident.id],
    maintenance: [await maintenance()],
    invoice: await invoiceIds(organizationId),
    payment: [PAYMENT],
    month: MONTHS,
    issued: MONTHS,
    from: ['2026-09-01T00:00:00Z', '2026-11-05T00:00:00Z'],
    to: ['2026-11-09T00:00:00Z'],
    limit: ['1', '200'],
    cursor: [operator.body.nextCursor, listed.body.nextCursor, '2'].flatMap(each => each ?? []),
    place: [NAME],
    'Idempotency-Key': [USED_KEY],
  }
}

async function maintenance(): Promise<string> {
  const body = { title: 'Work', start: '2026-11-12T12:00:00Z', end: '2026-11-12T13:00:00Z' }
  return (await control.operator<{ id: string }>('POST', '/api/maintenance', body)).body.id
}

async function ownValues(): Promise<Values> {
  const { organizationId: organization, app, developer } = other
  const hook = { url: 'https://example.com/other', events: ['app.suspended'], organization }
  const webhook = (await control.operator<{ id: string }>('POST', '/api/webhooks', hook)).body.id
  const tried = await control.operator<{ id: string }>('POST', `/api/webhooks/${webhook}/test`)
  const start = { start: '2026-11-01T12:00:00Z', end: '2026-11-01T13:00:00Z' }
  const excluded = { reason: 'customer', ...start, text: 'x', organization }
  const exclusion = (await control.operator<{ id: string }>('POST', '/api/exclusions', excluded)).body.id
  return {
    organization: [organization],
    app: [app.id],
    key: app.keys.map(({ id }) => id),
    member: [developer.id],
    webhook: [webhook],
    delivery: [tried.body.id],
    exclusion: [exclusion],
    invoice: (await invoiceIds(organization)).slice(-2),
    payment: ['pay_0'],
    // They are everybody’s: there is no own one.
    incident: foreign['incident'] ?? [],
    maintenance: foreign['maintenance'] ?? [],
  }
}

/** All that is said with an id, an amount or a number in what the rich customer itself is shown. */
async function marksOf(): Promise<string[]> {
  const shown = await shownTo(rich.admin.token)
  const waiting = foreign['invoice'] ?? []
  const ids = shown.match(/\b[a-z]{3}_[0-9a-f]{24}\b/g) ?? []
  const amounts = shown.match(/\b\d{4,}\.\d{2}\b/g) ?? []
  const numbers = shown.match(/\b2026-\d{6}\b/g) ?? []
  const heads = shown.match(/\b[0-9a-f]{64}\b/g) ?? []
  const everyones = [NO_HEAD, ...(foreign['incident'] ?? []), ...(foreign['maintenance'] ?? [])]
  const found = new Set([...ids, ...amounts, ...numbers, ...heads, ...waiting])
  return [...found, NAME, '1237', '1117', '46183'].filter(mark => !everyones.includes(mark))
}

/** The paths that were answered, with the type that was asked for. */
const answered = new Set<string>()

/** Everything that a customer is answered about itself. */
async function shownTo(token: string): Promise<string> {
  const texts: string[] = []
  answered.clear()
  for (const operation of operations.filter(({ method }) => method === 'GET')) {
    for (const request of requestsOf(operation, { own: foreign, foreign })) {
      if (operation.inPath.length > request.foreignInPath.length) continue
      const { status, text } = await ask(token, operation, request)
      texts.push(text)
      if (status === 200) answered.add(`${operation.path} ${request.headers['accept'] ?? ''}`)
    }
  }
  return texts.join('\n')
}

async function ask(
  token: string | undefined,
  { method, path: declared }: Operation,
  { path, headers }: Request,
  apiKey = other.app.apiKey,
) {
  const body = bodies[`${method} ${declared}`]
  const response = await control.api.request(path, {
    method,
    headers: {
      ...headers,
      'x-api-key': apiKey,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const bytes = new Uint8Array(await response.arrayBuffer())
  const isPdf = response.headers.get('content-type') === 'application/pdf'
  const text = isPdf ? pdfText(bytes) : new TextDecoder().decode(bytes)
  const all = `${JSON.stringify([...response.headers])}\n${text}`
  // Drawn at random, so it may look like any number.
  return {
    status: response.status,
    text: all.replaceAll(response.headers.get('weir-request-id') ?? '', ''),
  }
}

function pdfText(pdf: Uint8Array): string {
  const file = join(control.dataDir, 'asked.pdf')
  writeFileSync(file, pdf)
  // Amounts are grouped for people there.
  return execFileSync(pdfProgramPath.text, ['-layout', file, '-'], { encoding: 'utf8' }).replaceAll(
    /(?<=\d),(?=\d{3})/g,
    '',
  )
}

function leaksIn(text: string): string[] {
  return marks.filter(mark => {
    const written = mark.replaceAll('.', String.raw`\.`)
    // Not within a longer number or id; the name wherever it stands.
    const whole = mark === NAME ? written : `(?<![0-9a-z])${written}(?![0-9a-z])`
    return new RegExp(whole, 'i').test(text)
  })
}

/** What names something of a customer’s is not there for another one; of all else it may not do anything. */
function expectedStatus(operation: Operation, { foreignInPath, undeclared }: Request): readonly number[] {
  if (undeclared) return [400]
  if (foreignInPath.some(name => ['organization', 'app', 'invoice'].includes(name))) return [404]
  if (operation.path === '/api/incidents/{incident}' && operation.method === 'GET') return [200]
  if (foreignInPath.length > 0) return [403, 404]
  return operation.method === 'GET' ? [200, 400, 403, 404, 406] : [403, 404]
}

async function walk(token: string): Promise<void> {
  const before = await auditOf(control)
  for (const operation of operations) {
    for (const request of requestsOf(operation, { own, foreign })) {
      const { status, text } = await ask(token, operation, request)
      expect({ ...request, method: operation.method, status, leaks: leaksIn(text) }).toEqual({
        ...request,
        method: operation.method,
        status: expect.toBeOneOf([...expectedStatus(operation, request)]),
        leaks: [],
      })
    }
  }
  expect(await auditOf(control)).toEqual(before)
}

test('what is looked for is there to be found: each mark is shown to the customer itself', async () => {
  expect(marks.length).toBeGreaterThan(40)
  for (const amount of ['8123.47', '13790.37', '4710.23', '2222.19']) expect(marks).toContain(amount)
  expect(marks.filter(mark => mark.startsWith('2026-')).length).toBeGreaterThan(1)
  const text = await shownTo(rich.admin.token)
  for (const type of ['application/json', 'application/pdf', 'application/xml']) {
    expect(answered).toContain(`/api/invoices/{invoice} ${type}`)
  }
  const waiting = (foreign['invoice'] ?? []).filter(id => !text.includes(id))
  expect(marks.filter(mark => !leaksIn(text).includes(mark)).toSorted()).toEqual(waiting.toSorted())
}, 120_000)

test.each([
  ['an admin', () => other.admin.token],
  ['a developer', () => other.developer.token],
  ['an app’s server token', () => other.serverToken],
])(
  'no route and no filter shows or changes a thing of another organization for %s',
  async (_, token) => {
    await walk(token())
  },
  240_000,
)

test.each([
  ['no credentials', () => undefined],
  ['a token nobody has', () => 'wm_0000000000000000000000000000000000000000000'],
  ['a server token beside another app’s key', () => other.serverToken],
])('every route answers 401 to %s', async (_, token) => {
  for (const operation of operations) {
    const [request] = requestsOf(operation, { own, foreign })
    const { status, text } = await ask(token(), operation, request!, rich.app.apiKey)
    expect([operation.method, operation.path, status, leaksIn(text)]).toEqual([
      operation.method,
      operation.path,
      401,
      [],
    ])
    expect(text).toContain('"www-authenticate","Bearer"')
  }
})
