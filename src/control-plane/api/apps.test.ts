import { afterEach, beforeEach, expect, test } from 'vitest'
import { credentialHash } from '../../identity/credentials.ts'
import { appSecretContext } from '../../identity/sealing.ts'
import { readDirectory } from '../../store/directory.ts'
import { emptyBatch } from '../../store/batch.ts'
import { applyBatch } from '../../store/recording.ts'
import { addCustomer, addMember, auditOf, type Control, noonMs, startControl } from './test-control.ts'

let control: Control
let customer: Awaited<ReturnType<typeof addCustomer>>
beforeEach(async () => {
  control = await startControl()
  customer = await addCustomer(control, 'Acme')
})
afterEach(async () => control.close())

async function directory() {
  const { apps } = await readDirectory(control.deps.store.db, 0)
  const [app] = apps
  if (app === undefined) throw new Error('the directory is empty')
  return app
}

test('the data plane finds a new app by its key, and opens its secret', async () => {
  const { app, organizationId } = customer
  const found = await directory()
  expect(found).toMatchObject({
    id: app.id,
    organizationId,
    keyHashes: [credentialHash(app.apiKey)],
    limits: {},
  })
  expect(control.deps.sealer.open(found.sealedSecret, appSecretContext(app.id))).toBe(app.secret)
})

test('neither key nor secret is shown a second time', async () => {
  const { app } = customer
  const { body } = await control.operator('GET', `/api/apps/${app.id}`)
  expect(JSON.stringify(body)).not.toContain(app.apiKey)
  expect(JSON.stringify(body)).not.toContain(app.secret)
  expect(body).toMatchObject({ keys: [{ lastFour: app.apiKey.slice(-4) }], suspended: null })
})

test('old and new keys hold together until one is deleted, and the last goes only when forced', async () => {
  const { app } = customer
  const path = `/api/apps/${app.id}/keys`
  control.time.nowMs += 1
  const added = await control.operator<{ id: string; apiKey: string }>('POST', path)
  expect(added.status).toBe(201)
  expect((await directory()).keyHashes).toEqual([app.apiKey, added.body.apiKey].map(credentialHash))
  const first = app.keys[0]?.id ?? ''
  expect((await control.operator('DELETE', `${path}/${first}`)).status).toBe(204)
  expect((await directory()).keyHashes).toEqual([credentialHash(added.body.apiKey)])
  expect((await control.operator('DELETE', `${path}/${first}`)).status).toBe(404)
  const last = `${path}/${added.body.id}`
  expect(await control.operator('DELETE', last)).toMatchObject({ status: 409, body: { code: 'conflict' } })
  expect((await control.operator('DELETE', `${last}?force=true`)).status).toBe(204)
  expect((await directory()).keyHashes).toEqual([])
  expect((await auditOf(control)).slice(-3)).toEqual([
    'operator key.created',
    'operator key.deleted',
    'operator key.deleted',
  ])
})

test('a suspension is known with its reason until it is taken back, and doing it twice changes nothing', async () => {
  const path = `/api/apps/${customer.app.id}`
  const suspended = await control.operator('POST', `${path}/suspend`, { reason: 'unpaid' })
  expect(suspended.body).toMatchObject({
    suspended: { since: new Date(noonMs).toISOString(), reason: 'unpaid' },
  })
  expect((await directory()).suspended).toBe(true)
  await control.operator('POST', `${path}/suspend`, { reason: 'unpaid' })
  expect((await control.operator('POST', `${path}/resume`)).body).toMatchObject({ suspended: null })
  await control.operator('POST', `${path}/resume`)
  expect((await directory()).suspended).toBe(false)
  expect((await auditOf(control)).slice(-2)).toEqual(['operator app.suspended', 'operator app.resumed'])
  expect((await control.operator('POST', `${path}/suspend`)).body).toMatchObject({ code: 'invalid-body' })
})

test('an override changes what it names, and null goes back', async () => {
  const path = `/api/apps/${customer.app.id}/limits`
  const put = async (body: unknown) => {
    const answer = await control.operator<{ limits: unknown }>('PUT', path, body)
    expect(answer.status).toBe(200)
    expect((await directory()).limits).toEqual(answer.body.limits)
    return answer.body.limits
  }
  expect(await put({ user: { default: 'off' }, app: { default: 10, SendMessage: 20 } })).toEqual({
    user: { default: 'off' },
    app: { default: 10, SendMessage: 20 },
  })
  expect(
    await put({ app: { SendMessage: null }, platforms: { ios: { Search: 5, GetRateLimits: 1 } } }),
  ).toEqual({
    user: { default: 'off' },
    app: { default: 10 },
    platforms: { ios: { Search: 5, GetRateLimits: 1 } },
  })
  expect(await put({ user: null, app: null, platforms: { ios: { Search: null } } })).toEqual({
    platforms: { ios: { GetRateLimits: 1 } },
  })
  expect(await put({ platforms: { ios: null } })).toEqual({})
})

test.each([
  [{ app: { SendMesage: 1 } }, 'app.SendMesage', /did you mean `SendMessage`/],
  [{ user: { Nothing: 'off' } }, 'user.Nothing', /There is no endpoint "Nothing"/],
  [{ platforms: { iso: { Search: 1 } } }, 'platforms.iso', /did you mean `ios`/],
  [{ platforms: { ios: { search: 1 } } }, 'platforms.ios.search', /did you mean `Search`/],
  [{ app: { Search: -1 } }, 'app.Search', /Must be at least 0/],
  [{ app: { Search: 1.5 } }, 'app.Search', /Expected a whole number; found 1.5/],
  [{ app: { Search: 'off' } }, 'app.Search', /Expected a number; found text/],
  [{ burst: 3 }, 'burst', /known: `user`, `app`, `platforms`/],
])('the override %j is refused, naming what is wrong', async (body, path, message) => {
  const answer = await control.operator('PUT', `/api/apps/${customer.app.id}/limits`, body)
  expect(answer).toMatchObject({
    status: 400,
    body: { mistakes: [{ path, message: expect.stringMatching(message) }] },
  })
  expect((await directory()).limits).toEqual({})
})

test('the counters are shown as the gateway has them, or said to be out of reach', async () => {
  const path = `/api/apps/${customer.app.id}/rate_limits`
  expect((await control.operator('GET', path)).body).toMatchObject({ web: { Search: { limit: 300 } } })
  const cut = await startControl({ readRateLimits: async () => undefined })
  const { app } = await addCustomer(cut, 'Acme')
  expect(await cut.operator('GET', `/api/apps/${app.id}/rate_limits`)).toMatchObject({
    status: 503,
    body: { code: 'counters-unreachable' },
  })
  await cut.close()
})

test('a review speaks of the last seven days', async () => {
  const path = `/api/apps/${customer.app.id}/review`
  const ids = async () => {
    const { body } = await control.operator<{ findings: { id: string }[] }>('GET', path)
    return body.findings.map(({ id }) => id)
  }
  expect(await ids()).toEqual(['no-traffic'])
  const counted = {
    appId: customer.app.id,
    endpoint: 'Search',
    platform: 'server',
    minuteMs: noonMs - 60_000,
    latency: [],
  }
  await applyBatch(control.deps.store.db, {
    ...emptyBatch('n', 1, noonMs),
    requests: [
      { ...counted, outcome: 'served', count: 10 },
      { ...counted, outcome: 'limited', count: 200 },
    ],
  })
  expect(await ids()).toEqual(['retry-storm:Search'])
  control.time.nowMs += 8 * 24 * 3600 * 1000
  expect(await ids()).toEqual(['no-traffic'])
})

test('an app’s server token reads its own organization, with its key in the header or the query', async () => {
  const { app, organizationId, serverToken } = customer
  const asApp = control.as(serverToken)
  const key = { 'x-api-key': app.apiKey }
  expect((await asApp('GET', `/api/organizations/${organizationId}`, undefined, key)).status).toBe(200)
  expect((await asApp('GET', `/api/apps/${app.id}?api_key=${app.apiKey}`)).status).toBe(200)
  expect((await asApp('POST', `/api/apps/${app.id}/keys`, undefined, key)).status).toBe(403)
  expect(await asApp('GET', `/api/apps/${app.id}`)).toMatchObject({
    status: 401,
    body: { detail: expect.stringContaining('send the app’s API key in the header x-api-key') },
  })
  const other = await addCustomer(control, 'Other')
  const foreign = { 'x-api-key': other.app.apiKey }
  expect((await asApp('GET', `/api/apps/${app.id}`, undefined, foreign)).status).toBe(401)
})

test('support suspends and sets limits; a developer creates keys and does neither', async () => {
  const path = `/api/apps/${customer.app.id}`
  const support = control.as((await addMember(control, 'support')).token)
  expect((await support('POST', `${path}/suspend`, { reason: 'abuse' })).status).toBe(200)
  expect((await support('PUT', `${path}/limits`, { app: { Search: 1 } })).status).toBe(200)
  expect((await support('POST', `${path}/keys`)).status).toBe(403)
  const developer = control.as(customer.developer.token)
  expect((await developer('POST', `${path}/keys`)).status).toBe(201)
  expect((await developer('PUT', `${path}/limits`, {})).status).toBe(403)
  expect(
    (await developer('POST', `/api/organizations/${customer.organizationId}/apps`, { name: 'x' })).status,
  ).toBe(403)
  expect((await auditOf(control)).at(-1)).toBe(`${customer.developer.id} key.created`)
})
