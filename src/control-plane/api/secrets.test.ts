import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listenControl } from './listen.ts'
import { addCustomer, noonMs, startControl } from './test-control.ts'

/**
 * The main path over real HTTP, as someone with curl would walk it, and then the search for every credential
 * that was made on the way.
 */
test('no credential is to be found in the database, the log or the audit', async () => {
  const control = await startControl()
  const server = await listenControl(control.api, { port: 0, host: '127.0.0.1' })
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${control.deps.operatorToken}`,
        'content-type': 'application/json',
        'idempotency-key': `${method} ${path}`,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    expect(response.ok).toBe(true)
    const answer: Record<string, string> = response.status === 204 ? {} : JSON.parse(await response.text())
    return answer
  }
  const organization = await call('POST', '/api/organizations', { name: 'Acme', plan: 'growth' })
  const app = await call('POST', `/api/organizations/${organization['id']}/apps`, { name: 'Acme for iOS' })
  const key = await call('POST', `/api/apps/${app['id']}/keys`)
  await call('DELETE', `/api/apps/${app['id']}/keys/${key['id']}`)
  const member = await call('POST', '/api/members', { name: 'Ada', email: 'a@example.com', role: 'operator' })
  const webhook = await call('POST', '/api/webhooks', {
    url: 'https://example.com/hook?token=hidden-in-the-address',
    events: ['app.suspended'],
  })
  const rotated = await call('POST', `/api/webhooks/${webhook['id']}/rotate`)
  const shown = await call('GET', `/api/apps/${app['id']}`)
  expect(shown).toMatchObject({ name: 'Acme for iOS', createdAt: new Date(noonMs).toISOString() })
  const { app: other, serverToken } = await addCustomer(control, 'Other')
  await control.as(serverToken)('GET', `/api/apps/${other.id}?api_key=${other.apiKey}`)
  const audit = JSON.stringify(await call('GET', '/api/audit'))
  await server.close()

  const secrets = [app['apiKey'], app['secret'], key['apiKey'], member['token'], other.apiKey, serverToken]
  secrets.push(webhook['secret'], rotated['secret'])
  expect(audit + control.logged.join('')).not.toContain('hidden-in-the-address')
  const files = readdirSync(control.dataDir).filter(name => name.startsWith('weir.db'))
  expect(files).toContain('weir.db-wal')
  const bytes = files.map(name => readFileSync(join(control.dataDir, name)))
  expect(bytes.some(each => each.includes('Acme for iOS'))).toBe(true)
  for (const secret of [...secrets, control.deps.operatorToken]) {
    if (secret === undefined) throw new Error('a credential was not made')
    expect(bytes.some(each => each.includes(secret))).toBe(false)
    expect(control.logged.join('')).not.toContain(secret)
    expect(audit).not.toContain(secret)
  }
  await control.close()
})

test('two control APIs live in one process without knowing of each other', async () => {
  const [one, other] = [await startControl(), await startControl()]
  const { organizationId } = await addCustomer(one, 'Acme')
  expect((await one.operator('GET', `/api/organizations/${organizationId}`)).status).toBe(200)
  expect((await other.operator('GET', `/api/organizations/${organizationId}`)).status).toBe(404)
  expect((await other.as(one.deps.operatorToken)('GET', '/api/organizations')).status).toBe(401)
  await one.close()
  await other.close()
})

test('an address that is taken is said so', async () => {
  const control = await startControl()
  const server = await listenControl(control.api, { port: 0, host: '127.0.0.1' })
  await expect(listenControl(control.api, { port: server.port, host: '127.0.0.1' })).rejects.toThrow(
    /EADDRINUSE/,
  )
  await server.close()
  await control.close()
})
