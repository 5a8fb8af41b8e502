import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { expect, onTestFinished, test } from 'vitest'
import { chatContract, eventually, signToken } from '../e2e/harness.ts'
import { addressesOf, startProcess } from '../e2e/process.ts'
import { startSocketUpstream } from '../e2e/sockets.ts'
import { ask } from '../nodes/node-process.ts'
import { createClockSteps } from './clock-steps.ts'

/** Far from the turn of a month. */
const START_MS = Date.UTC(2026, 9, 15, 12)
const BACK_MS = -7_200_000
const operatorToken = 'a-token-for-the-clock'

test('sockets that were open while the clock was put back count in the peak, and each user once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-clock-usage-'))
  writeFileSync(join(folder, 'contract.yaml'), chatContract)
  const steps = createClockSteps(START_MS)
  const upstream = await startSocketUpstream()
  const files = ['--data', join(folder, 'data'), '--contract', join(folder, 'contract.yaml')]
  const ports = ['--port', '0', '--control-port', '0', '--threads', '1', '--counters', '4096']
  const serve = () =>
    startProcess(['serve', '--upstream', upstream.url, ...files, ...ports], {
      ...steps.env,
      WEIR_OPERATOR_TOKEN: operatorToken,
    })
  let weir = serve()
  onTestFinished(async () => {
    await weir.end('SIGKILL')
    await upstream.close()
    steps.remove()
    rmSync(folder, { recursive: true })
  })
  const { gateway, control } = await addressesOf(weir)
  const post = async <T>(path: string, body: object) =>
    (await ask<T>(control, { operatorToken }, ['POST', path], body)).body
  const organization = await post<{ id: string }>('/api/organizations', { name: 'Acme', plan: 'start' })
  const apps = `/api/organizations/${organization.id}/apps`
  const app = await post<{ apiKey: string; secret: string }>(apps, { name: 'App' })
  const server = await signToken({ server: true }, app.secret)
  const resetOf = async () => {
    const headers = { 'x-api-key': app.apiKey, authorization: server }
    const answer = await fetch(`${gateway}/app`, { headers })
    await answer.text()
    return answer.status === 200 ? Number(answer.headers.get('x-ratelimit-reset')) : 0
  }
  const open = async (user: string) => {
    const token = await signToken({ user_id: user }, app.secret)
    const url = `${gateway.replace('http', 'ws')}/connect?api_key=${app.apiKey}&authorization=${token}`
    const socket = new WebSocket(url)
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    return socket
  }
  const close = async (socket: WebSocket) => {
    const closed = new Promise(resolve => socket.once('close', resolve))
    socket.close()
    await closed
  }

  await eventually(resetOf, reset => reset > 0, 60_000)
  const sockets = await Promise.all(['ann', 'bob', 'cid'].map(open))
  await steps.step(BACK_MS, resetOf)
  for (const socket of sockets) await close(socket)
  // Opened and closed in the hours that are lived twice, one after the other.
  for (const user of ['ann', 'dan']) await close(await open(user))
  expect(await weir.end()).toBe(0)

  weir = serve()
  const path = `/api/organizations/${organization.id}/usage?month=2026-10`
  const { body } = await ask<{ peakConnections: { peak: number }; mau: number }>(
    (await addressesOf(weir)).control,
    { operatorToken },
    ['GET', path],
  )
  expect([body.peakConnections.peak, body.mau]).toEqual([3, 4])
}, 120_000)
