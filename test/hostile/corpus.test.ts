import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TestApp, type TestWeir, startTestWeir } from '../e2e/harness.ts'
import { connectRaw } from '../e2e/raw-client.ts'
import { corpus } from './corpus.ts'
import { unlimited } from './unlimited.ts'
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts'

let upstream: RecordingUpstream
let weir: TestWeir
let app: TestApp
let token: string

beforeAll(async () => {
  upstream = await startRecordingUpstream()
  weir = await startTestWeir({ upstream: upstream.url, contract: unlimited, settings: { maxBodyMib: 1 } })
  app = await weir.newApp()
  token = await app.token({ user_id: 'ann' })
})

beforeEach(() => upstream.forget())

afterAll(async () => {
  await weir.stop()
  await upstream.close()
})

describe('hostile bytes get their answer, and nothing is smuggled', () => {
  it.each(corpus.map(row => [row.name, row] as const))('%s', async (_, row) => {
    const client = await connectRaw(weir.weir.gatewayUrl)
    const bytes = row.bytes.replaceAll('{key}', app.apiKey).replaceAll('{token}', token)
    client.write(Buffer.from(bytes, 'latin1'))
    const answer = await client.answer()
    const shown = { status: answer.status, body: answer.body.toString() }
    expect(shown, shown.body).toMatchObject({ status: row.status })
    if (row.code !== undefined) expect((JSON.parse(shown.body) as { code: string }).code).toBe(row.code)
    const expected = row.forwarded ?? []
    for (const status of row.behind ?? []) expect((await client.answer()).status).toBe(status)
    if (row.closes) {
      // Nothing comes behind a refusal: no second answer, and soon no connection.
      expect((await client.rest()).toString()).toBe('')
    }
    client.socket.destroy()
    // Whatever else was let through would be there before this one is answered.
    expect((await app.call('/app?next', { headers: { authorization: token } })).status).toBe(200)
    const seen = upstream.requests.map(({ target, body }) => [target, body])
    expect(seen).toEqual([...expected, ['/app?next', '']])
    expect(upstream.garbage).toEqual([])
  })
})

it('what reaches the upstream holds no field of a connection, and no trailer', async () => {
  const trailing = corpus.find(({ name }) => name === 'trailers')!
  const client = await connectRaw(weir.weir.gatewayUrl)
  client.write(trailing.bytes.replaceAll('{key}', app.apiKey).replaceAll('{token}', token))
  await client.answer()
  client.socket.destroy()
  const [request] = upstream.requests
  expect(request!.one('weir-user')).toBe('ann')
  expect(request!.one('host')).toBe(new URL(upstream.url).host)
  for (const name of ['trailer', 'te', 'upgrade', 'keep-alive']) expect(request!.one(name)).toBeUndefined()
})
