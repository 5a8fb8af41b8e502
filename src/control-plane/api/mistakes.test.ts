import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addCustomer, chatYaml, type Control, startControl } from './test-control.ts'

interface Problem {
  code: string
  detail: string
  mistakes: { path: string; message: string }[]
}

interface Schema {
  readonly $ref?: string
  readonly properties?: Record<string, object>
}

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[]
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } }
}

interface Document {
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: { readonly schemas: Record<string, Schema> }
}

let control: Control
let customer: Awaited<ReturnType<typeof addCustomer>>
let document: Document
beforeAll(async () => {
  control = await startControl()
  customer = await addCustomer(control, 'Acme')
  document = (await control.as(undefined)<Document>('GET', '/api/openapi.json')).body
})
afterAll(async () => control.close())

function pathOf(path: string): string {
  return path.replace('{organization}', customer.organizationId).replace('{app}', customer.app.id)
}

const refused = async (method: string, path: string, body?: unknown) => {
  const answer = await control.operator<Problem>(method, path, body)
  expect(answer.status).toBe(400)
  return answer.body
}

describe('a name in the query that is not known', () => {
  test('is refused with the nearest one and all that there are', async () => {
    const path = `/api/organizations/${customer.organizationId}/usage`
    const message = 'Is not known here; did you mean `month`? Known: `month`, `by`, `format`.'
    expect(await refused('GET', `${path}?mont=2026-10`)).toMatchObject({
      code: 'invalid-query',
      detail: `mont: ${message}`,
      mistakes: [{ path: 'mont', message }],
    })
    const { mistakes } = await refused('GET', `${path}?mont=2026-10&zzzzzzzzzz=1`)
    expect(mistakes).toHaveLength(2)
    expect(mistakes[1]?.message).toBe('Is not known here. Known: `month`, `by`, `format`.')
  })

  test('is refused by every route that is read', async () => {
    const reads = Object.entries(document.paths).filter(([, item]) => item['get'] !== undefined)
    expect(reads.length).toBeGreaterThan(20)
    for (const [path, item] of reads) {
      const { detail } = await refused('GET', `${pathOf(path)}?surprise=1`)
      const known = (item['get']?.parameters ?? []).filter(({ in: place }) => place === 'query')
      const all = known.map(({ name }) => `\`${name}\``).join(', ')
      const expected = all === '' ? 'This route takes no query.' : `Known: ${all}.`
      expect([path, detail]).toEqual([path, expect.stringContaining(expected)])
    }
  })

  test('is refused by a route that changes something, before it does', async () => {
    const path = `/api/organizations/${customer.organizationId}/apps`
    expect(await refused('POST', `${path}?dryRun=true`, { name: 'x' })).toMatchObject({
      detail: 'dryRun: Is not known here. This route takes no query.',
    })
    const apps = await control.operator<{ items: object[] }>('GET', path)
    expect(apps.body.items).toHaveLength(1)
  })

  test('is none where the contract has an app’s key in the query', async () => {
    const query = Object.entries({ api_key: customer.app.apiKey }).map(([name, key]) => `${name}=${key}`)
    expect(chatYaml).toContain('query: api_key')
    const path = `/api/apps/${customer.app.id}?${query.join('&')}`
    expect((await control.as(customer.serverToken)('GET', path)).status).toBe(200)
  })

  test('is told only to who may ask at all', async () => {
    const path = `/api/organizations/${customer.organizationId}/usage?mont=2026-10`
    expect((await control.as(undefined)('GET', path)).status).toBe(401)
  })
})

describe('a mistake says what was expected, and where', () => {
  const newApp = () => `/api/organizations/${customer.organizationId}/apps`
  const limits = () => `/api/apps/${customer.app.id}/limits`
  const invoicing = () => `/api/organizations/${customer.organizationId}/invoicing`

  test.each<[string, string, () => string, unknown, string]>([
    ['what is missing', 'POST', newApp, {}, 'name: Is missing; expected text.'],
    ['another kind', 'POST', newApp, { name: 5 }, 'name: Expected text; found 5.'],
    [
      'a slip in a name',
      'POST',
      newApp,
      { name: 'x', forProbe: true },
      'forProbe: Is not known here; did you mean `forProbes`?',
    ],
    [
      'an unknown name',
      'POST',
      newApp,
      { name: 'x', colour: 1 },
      'colour: Is not known here; known: `name`, `forProbes`.',
    ],
    ['a list for an object', 'POST', newApp, [], 'Expected an object; found a list.'],
    [
      'a choice',
      'PUT',
      limits,
      { user: { default: 'of' } },
      'user.default: Expected a number; found text. Or: Expected `off`; found "of"; did you mean `off`?',
    ],
    [
      'a kind of rule',
      'PUT',
      invoicing,
      { tax: { kind: 'rates' } },
      'tax.kind: Expected `rate`, `exempt` or `reverse-charge`; found "rates"; did you mean `rate`?',
    ],
  ])('%s', async (_, method, path, body, detail) => {
    const problem = await refused(method, path(), body)
    expect(problem).toMatchObject({ code: 'invalid-body', detail })
    expect(problem.mistakes).toHaveLength(1)
  })

  test('several mistakes are all told', async () => {
    const { detail } = await refused('POST', '/api/members', { role: 'operater', email: 'x' })
    expect(detail).toContain('name: Is missing; expected text. ')
    expect(detail).toContain('email: Must be an e-mail address. ')
    expect(detail).toContain('; did you mean `operator`?')
  })

  test('a choice in the query', async () => {
    const path = `/api/apps/${customer.app.id}/usage?step=days`
    expect((await refused('GET', path)).detail).toBe(
      'step: Expected `minute`, `hour` or `day`; found "days"; did you mean `day`?',
    )
  })

  test('in words of its own, whatever is sent to any route', async () => {
    let told = 0
    for (const [path, item] of Object.entries(document.paths)) {
      for (const [method, { requestBody }] of Object.entries(item)) {
        const schema = requestBody?.content['application/json'].schema
        if (schema === undefined) continue
        const { properties } = schema.$ref
          ? document.components.schemas[schema.$ref.split('/').at(-1)!]!
          : schema
        const names = Object.keys(properties ?? {})
        expect([path, names]).not.toEqual([path, []])
        for (const value of [{ a: 1 }, [], '', -1.5, true, null, ['', { a: 1 }], 'x'.repeat(100_000), 1e20]) {
          const body = { unheardOf: 1, ...Object.fromEntries(names.map(name => [name, value])) }
          const answer = await control.operator<Problem>(method.toUpperCase(), pathOf(path), body)
          if (answer.body?.code !== 'invalid-body') continue
          expect(answer.body.detail).not.toMatch(
            /invalid|received|unrecognized|too (big|small)|undefined|another way/i,
          )
          for (const { message } of answer.body.mistakes) expect(message).toMatch(/^[A-Z].*[.?]$/s)
          told += 1
        }
      }
    }
    expect(told).toBeGreaterThan(100)
  })
})
