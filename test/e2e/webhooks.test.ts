import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startReceiver } from '../../src/control-plane/channels/test-receiver.ts'
import { type TestUpstream, eventually, startTestWeir, startUpstream } from './harness.ts'
import { addressesOf, startProcess } from './process.ts'

let upstream: TestUpstream
const folder = mkdtempSync(join(tmpdir(), 'weir-webhooks-'))
beforeAll(async () => {
  upstream = await startUpstream()
})
afterAll(async () => {
  await upstream.close()
  rmSync(folder, { recursive: true })
})

interface Log {
  items: { status: string; attempts: { status: number | null; error: string | null }[] }[]
}

test('the receiver of docs/webhooks.md takes what is genuine, and nothing else', async () => {
  const page = readFileSync(new URL('../../docs/webhooks.md', import.meta.url), 'utf8')
  const file = join(folder, 'receiver.mjs')
  writeFileSync(file, /```js\n([\s\S]+?)```/.exec(page)![1]!)
  const weir = await startTestWeir({ upstream: upstream.url })
  // The webhook needs the address and the receiver needs the secret, so the address comes second.
  const { id, secret } = await weir.control<{ id: string; secret: string }>('POST', '/api/webhooks', {
    url: 'http://127.0.0.1:1/',
    events: ['app.suspended'],
  })
  const env = { PATH: process.env['PATH'], PORT: '0', WEBHOOK_SECRET: secret }
  const child = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let shown = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => (shown += part))
  const showing = async (pattern: RegExp) =>
    (await eventually(async () => pattern.exec(shown), Boolean, 60_000))!
  const url = `http://127.0.0.1:${(await showing(/listening on (\d+)/))[1]}/`
  await weir.control('PATCH', `/api/webhooks/${id}`, { url })
  const log = async () => weir.control<Log>('GET', `/api/webhooks/${id}/deliveries`)

  await weir.control('POST', `/api/webhooks/${id}/test`)
  await showing(/^evt_[0-9a-f]+ webhook\.test$/m)
  await weir.control('POST', `/api/webhooks/${id}/rotate`)
  await weir.control('POST', `/api/webhooks/${id}/test`)
  await showing(/webhook\.test\nevt_[0-9a-f]+ webhook\.test\n/)
  await eventually(log, ({ items }) => items.every(({ status }) => status === 'delivered'), 60_000)

  const forged = { 'webhook-id': 'evt_1', 'webhook-timestamp': String(Math.floor(Date.now() / 1000)) }
  for (const signature of ['v1,AAAA', '']) {
    const headers = { ...forged, 'webhook-signature': signature }
    expect((await fetch(url, { method: 'POST', body: '{}', headers })).status).toBe(400)
  }
  const metrics = await (await fetch(`${weir.weir.controlUrl}/metrics`)).text()
  expect(metrics).toContain('weir_delivery_attempts_total{channel="webhook",result="delivered"} 2')
  child.kill()
  await once(child, 'close')
  await weir.stop()
})

test('Weir killed in the middle of a delivery sends it again, under the same id', async () => {
  const receiver = await startReceiver((response, count) => (count === 1 ? undefined : response.end()))
  const data = join(folder, 'data')
  const args = ['serve', '--data', data, '--port', '0', '--control-port', '0', '--threads', '1']
  args.push('--contract', 'contracts/chat.yaml', '--upstream', upstream.url, '--allow-private-webhooks')
  const env = { WEIR_OPERATOR_TOKEN: 'wo_test-token-of-the-operator-0123456789' }
  const call = async <T>(control: string, method: string, path: string, body?: unknown) => {
    const headers = {
      authorization: `Bearer ${env.WEIR_OPERATOR_TOKEN}`,
      'content-type': 'application/json',
    }
    const response = await fetch(control + path, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    expect(response.ok).toBe(true)
    return (await response.json()) as T
  }
  const first = startProcess(args, env)
  const { control } = await addressesOf(first)
  const wanted = { url: receiver.url, events: ['app.suspended'] }
  const { id } = await call<{ id: string }>(control, 'POST', '/api/webhooks', wanted)
  await call(control, 'POST', `/api/webhooks/${id}/test`)
  await receiver.until(1)
  await first.end('SIGKILL')

  const second = startProcess(args, env)
  const again = (await addressesOf(second)).control
  await receiver.until(2)
  const log = await eventually(
    async () => call<Log>(again, 'GET', `/api/webhooks/${id}/deliveries`),
    ({ items }) => items[0]?.status === 'delivered',
    60_000,
  )
  expect(new Set(receiver.ids()).size).toBe(1)
  expect(log.items[0]?.attempts).toMatchObject([
    { error: expect.stringContaining('may have arrived') },
    { status: 200 },
  ])
  expect(await second.end()).toBe(0)
  await receiver.close()
})
