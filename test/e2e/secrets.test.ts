import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { chatContract, eventually, signToken, startUpstream } from './harness.ts'
import { addressesOf, startProcess } from './process.ts'

it('no secret and no token is in logs, errors, metrics or the database', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-secrets-'))
  const data = join(folder, 'data')
  const contract = join(folder, 'contract.yaml')
  writeFileSync(contract, chatContract.replace('timeoutMs: 10000', 'timeoutMs: 300'))
  const upstream = await startUpstream((request, response) => {
    request.resume()
    if (request.url!.startsWith('/search')) request.socket.destroy()
    else if (!request.url!.startsWith('/users')) response.end('ok')
  })
  const upstreamKey = 'the-key-that-signs-for-the-upstream'
  const flags = ['--port', '0', '--control-port', '0', '--log-level', 'debug', '--log-requests']
  const weir = startProcess(
    ['serve', '--contract', contract, '--data', data, '--upstream', upstream.url, ...flags],
    { WEIR_UPSTREAM_KEY: upstreamKey },
  )
  try {
    const { gateway, control } = await addressesOf(weir)
    const operatorToken = readFileSync(join(data, 'operator-token'), 'utf8').trim()
    const answers: string[] = []
    const call = async (url: string, init: RequestInit = {}) => {
      const response = await fetch(url, init)
      const text = await response.text()
      answers.push(JSON.stringify([...response.headers]), text)
      return text
    }
    const post = async (path: string, body: object, token = operatorToken) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const response = await fetch(control + path, { method: 'POST', headers, body: JSON.stringify(body) })
      return (await response.json()) as Record<string, string>
    }

    const organization = await post('/api/organizations', { name: 'Test', plan: 'start' })
    const app = await post(`/api/organizations/${organization['id']}/apps`, { name: 'App' })
    const member = await post('/api/members', { name: 'Finn', email: 'finn@example.com', role: 'finance' })
    const userToken = await signToken({ user_id: 'ann' }, app['secret']!)
    const serverToken = await signToken({ server: true }, app['secret']!)
    const expired = await signToken({ user_id: 'ann', exp: 1 }, app['secret']!)
    const forged = await signToken({ user_id: 'ann' }, 'a-secret-that-is-none')
    const secrets = {
      'API key': app['apiKey']!,
      'app secret': app['secret']!,
      'member token': member['token']!,
      'operator token': operatorToken,
      'user token': userToken,
      'server token': serverToken,
      'expired token': expired,
      'forged token': forged,
      'upstream key': upstreamKey,
      'sealing key': readFileSync(join(data, 'secret-key'), 'utf8').trim(),
      'sealing key, raw': Buffer.from(readFileSync(join(data, 'secret-key'), 'utf8'), 'base64').toString(
        'latin1',
      ),
      'unknown key': 'an-api-key-that-nobody-has',
    }
    expect(Object.values(secrets).every(secret => secret?.length >= 16)).toBe(true)

    const headers = { 'x-api-key': secrets['API key'], authorization: secrets['user token'] }
    const known = async () => (await fetch(`${gateway}/app`, { headers })).status
    await eventually(known, status => status === 200, 3000)
    const query = `api_key=${secrets['API key']}&authorization=`
    for (const path of [
      '/app',
      '/search',
      '/users',
      '/nope',
      '/rate_limits',
      '/rate_limits?endpoints=No',
      '/%00',
    ]) {
      const and = path.includes('?') ? '&' : '?'
      await call(gateway + path, { headers })
      for (const token of ['user token', 'server token', 'expired token', 'forged token'] as const) {
        await call(`${gateway}${path}${and}${query}${secrets[token]}`)
        await call(gateway + path, { headers: { ...headers, authorization: `Bearer ${secrets[token]}` } })
      }
      await call(gateway + path, { headers: { 'x-api-key': secrets['unknown key'] } })
      await call(`${gateway}${path}${and}api_key=${secrets['unknown key']}`)
    }
    for (const token of [secrets['member token'], secrets['user token'], secrets['server token']]) {
      const bearer = { authorization: `Bearer ${token}` }
      await call(`${control}/api/organizations?api_key=${secrets['API key']}`, { headers: bearer })
      await call(`${control}/api/apps/${app['id']}`, { headers: bearer })
      await call(`${control}/api/nope/${secrets['API key']}`, { headers: bearer })
    }
    await call(`${control}/api/apps/${app['id']}/keys/${secrets['API key']}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${operatorToken}` },
    })
    const metrics = await call(`${control}/metrics`)
    expect(metrics).toContain('weir_requests_total')
    expect(await weir.end()).toBe(0)

    const files = readdirSync(data).filter(name => name.startsWith('weir.db'))
    expect(files).toContain('weir.db')
    const places = {
      logs: weir.stdout(),
      answers: answers.join('\n'),
      ...Object.fromEntries(files.map(name => [name, readFileSync(join(data, name), 'latin1')])),
    }
    expect(places.logs).toContain('"outcome":"refused"')
    // The operator token is shown once, on standard error and not in the log.
    expect(weir.stderr().split(operatorToken)).toHaveLength(2)
    const found = Object.entries(places).flatMap(([place, text]) =>
      Object.entries(secrets)
        .filter(([, secret]) =>
          [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')].some(form =>
            text.includes(form),
          ),
        )
        .map(([name]) => `${name} in ${place}`),
    )
    expect(found).toEqual([])
  } finally {
    await weir.end('SIGKILL')
    await upstream.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
