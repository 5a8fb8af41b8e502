import { afterEach, beforeEach, expect, test } from 'vitest'
import { openContracts } from './contracts.ts'
import { addCustomer, auditOf, chatYaml, type Control, noonMs, startControl } from './test-control.ts'

let control: Control
beforeEach(async () => {
  control = await startControl()
})
afterEach(async () => control.close())

interface InForce {
  version: number
  yaml: string
  pricesFrom: string
  mistakes: { line: number; message: string }[]
  obstacles: string[]
  documents: Record<string, string>
}

const raised = chatYaml.replace('Search: 300', 'Search: 600')

async function put(yaml: string, more: Record<string, unknown> = {}) {
  return control.operator<InForce>('PUT', '/api/contract', { yaml, ...more })
}

/** What stands in the way of the contract in which `from` reads `to`. */
async function obstaclesTo(from: string | RegExp, to: string): Promise<string[]> {
  const answer = await put(chatYaml.replaceAll(from, to))
  expect(answer).toMatchObject({ status: 409, body: { code: 'conflict' } })
  return answer.body.obstacles
}

async function without(plan: string) {
  const key = `  ${plan}:\n    price: { monthly: "`
  expect(chatYaml.split(key).length - 1).toBeGreaterThan(0)
  return put(chatYaml.replace(key, key.replace(plan, `was-${plan}`)))
}

async function versionNow() {
  return (await control.operator<InForce>('GET', '/api/contract')).body.version
}

test('the contract in force is read with its version', async () => {
  const { status, body } = await control.operator('GET', '/api/contract')
  expect(status).toBe(200)
  expect(body).toMatchObject({
    version: 1,
    source: 'file',
    name: 'chat',
    currency: 'USD',
    yaml: chatYaml,
    loadedAt: new Date(noonMs).toISOString(),
    pricesFrom: new Date(noonMs).toISOString(),
    platforms: ['server', 'android', 'ios', 'web'],
  })
})

test('a new contract holds at once, its prices from the next month unless dated', async () => {
  expect((await put(raised)).body).toMatchObject({ version: 2, pricesFrom: '2026-12-01T00:00:00.000Z' })
  expect(control.deps.contracts.inForce().contract.limits.app['Search']).toBe(600)
  const dated = await put(chatYaml, { from: '2027-03-01T00:00:00Z' })
  expect(dated.body).toMatchObject({ version: 3, pricesFrom: '2027-03-01T00:00:00.000Z' })
  const versions = await control.operator<{ items: InForce[]; nextCursor: string }>(
    'GET',
    '/api/contract/versions?limit=2',
  )
  expect(versions.body.items.map(({ version }) => version)).toEqual([3, 2])
  const rest = await control.operator<{ items: InForce[] }>(
    'GET',
    `/api/contract/versions?cursor=${versions.body.nextCursor}`,
  )
  expect(rest.body.items.map(({ version }) => version)).toEqual([1])
  expect(await auditOf(control)).toEqual(['operator contract.changed', 'operator contract.changed'])
  const audit = await control.operator<{ items: { details: { changes: number } }[] }>('GET', '/api/audit')
  expect(audit.body.items.map(({ details }) => details.changes)).toEqual([1, 1])
})

test('the same contract again makes no version and no audit entry', async () => {
  expect((await put(chatYaml)).body.version).toBe(1)
  expect(await auditOf(control)).toEqual([])
})

test('a contract with mistakes is refused with each of them and its line', async () => {
  const answer = await put(chatYaml.replace('supportPlan: business', 'supportPlan: busines'))
  expect(answer).toMatchObject({ status: 422, body: { code: 'contract-mistakes' } })
  const { mistakes } = answer.body
  const line = chatYaml.split('\n').findIndex(text => text.includes('supportPlan: business')) + 1
  expect(mistakes).toMatchObject([{ line, message: expect.stringContaining('busines') }])
  expect(await versionNow()).toBe(1)
})

test('a check says the same and changes nothing', async () => {
  const check = async (yaml: string) => (await control.operator('POST', '/api/contract/check', { yaml })).body
  expect(await check(chatYaml)).toEqual({ ok: true, mistakes: [], obstacles: [], changes: [] })
  expect(await check(raised)).toEqual({
    ok: true,
    mistakes: [],
    obstacles: [],
    changes: [
      {
        who: { kind: 'callers' },
        what: 'Requests a minute per app, for Search',
        before: '300',
        after: '600',
        effect: 'better',
        holds: 'at once',
        words: 'better: Requests a minute per app, for Search: 600, was 300. At once.',
      },
    ],
  })
  expect(await check('weir: 1')).toMatchObject({ ok: false, obstacles: [], changes: [] })
  await addCustomer(control, 'Acme', 'start')
  const dropped = chatYaml.replace('  start:\n', '  begin:\n')
  expect(await check(dropped)).toMatchObject({
    ok: false,
    mistakes: [],
    obstacles: [expect.stringContaining(`drops the plan "start"`)],
  })
  expect(await versionNow()).toBe(1)
})

test('a contract that drops what customers hold is refused, saying which', async () => {
  const { organizationId, app } = await addCustomer(control, 'Acme', 'start')
  await control.operator('PUT', `/api/apps/${app.id}/limits`, {
    app: { Search: 5 },
    platforms: { ios: { MarkRead: 5 } },
  })
  expect(await obstaclesTo('  start:\n', '  begin:\n')).toEqual([
    `It drops the plan "start", which organization ${organizationId} holds.`,
  ])
  expect(await obstaclesTo(/\bdeveloper\b/g, 'hobby')).toEqual([
    `It drops the support plan "developer", which organization ${organizationId} holds.`,
  ])
  expect(await obstaclesTo(/\bSearch\b/g, 'Find')).toEqual([
    `It drops the endpoint "Search", which the limits of app ${app.id} name.`,
  ])
  expect(await obstaclesTo(/\bios:/g, 'apple:')).toEqual([
    `It drops the platform "ios", which the limits of app ${app.id} name.`,
  ])
  expect(await versionNow()).toBe(1)
})

test('a plan that is only scheduled is held too, and one that was left is not', async () => {
  const { organizationId } = await addCustomer(control, 'Acme', 'growth')
  await control.operator('PUT', `/api/organizations/${organizationId}/subscription`, { plan: 'start' })
  expect((await without('start')).status).toBe(409)
  expect((await without('growth')).status).toBe(409)
  control.time.nowMs = Date.UTC(2026, 11, 1)
  expect((await without('growth')).status).toBe(200)
})

test('OpenAPI files that a contract names come with it, and are kept for the next version', async () => {
  const document =
    'openapi: 3.1.0\ninfo: { title: x, version: "1" }\npaths:\n  /ping:\n    get: { operationId: Ping, responses: { "200": { description: ok } } }\n'
  const yaml = chatYaml.replace('endpoints:', 'endpoints:\n  openapi: api.yaml\n #')
  const named = yaml.replace(/^ #.*$/m, '')
  expect((await put(named)).status).toBe(422)
  const first = await put(named, { documents: { 'api.yaml': document, 'unused.yaml': 'x' } })
  expect(first).toMatchObject({ status: 200, body: { documents: { 'api.yaml': document } } })
  expect(Object.keys(first.body.documents)).toEqual(['api.yaml'])
  expect((await put(`${named}\n`)).body).toMatchObject({ version: 3, documents: { 'api.yaml': document } })
})

test('another process takes over a version from the store', async () => {
  const other = await openContracts({ store: control.deps.store })
  expect(other.inForce().version).toBe(1)
  await put(raised)
  expect(other.inForce().version).toBe(1)
  expect(await other.refresh()).toBe(true)
  expect(other.inForce().contract.limits.app['Search']).toBe(600)
  expect(await other.refresh()).toBe(false)
})
