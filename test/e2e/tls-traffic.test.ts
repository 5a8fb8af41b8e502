import { once } from 'node:events'
import { connect } from 'node:tls'
import { Agent } from 'undici'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CertificateFiles, certificateFiles, makeCertificate } from './certificates.ts'
import { type TestApp, type TestWeir, startTestWeir } from './harness.ts'
import { connectHttp2 } from './http2-client.ts'
import { head } from './raw-client.ts'
import { outcomesOf } from './recorded.ts'
import { type SocketUpstream, nextMessage, openSocket, startSocketUpstream } from './sockets.ts'

const LIMIT = 1000
const certificate = makeCertificate(1)
let files: CertificateFiles
let upstream: SocketUpstream
let weir: TestWeir
let app: TestApp

beforeAll(async () => {
  files = certificateFiles(certificate)
  upstream = await startSocketUpstream()
  weir = await startTestWeir({
    upstream: upstream.url,
    contract: text =>
      text.replace('  user: 60 ', '  user: off ').replace('burst: { divisor: 30 }', 'burst: off'),
    settings: {
      tlsCert: files.certFile,
      tlsKey: files.keyFile,
      stallSeconds: 1,
      // It stands still: the window may not turn within the run.
      testClock: { startMs: Date.now(), originMs: 0, speed: 0 },
    },
  })
  app = await weir.newApp()
})
afterAll(async () => {
  await weir.stop()
  await upstream.close()
  files.remove()
})

it('a limit is one over HTTP/1.1 and HTTP/2, over all threads: exactly 1,000 of 4,000 are admitted', async () => {
  const clients = await Promise.all(
    Array.from({ length: 4 }, () => connectHttp2(weir, app, certificate.cert)),
  )
  const dispatcher = new Agent({ connect: { ca: certificate.cert }, connections: 8 })
  const headers = { 'x-api-key': app.apiKey, authorization: await app.token({ user_id: 'ann' }) }
  const { origin } = new URL(weir.weir.gatewayUrl)
  const statuses = await Promise.all(
    Array.from({ length: 4 * LIMIT }, async (_, i) => {
      if (i % 2 === 0) return (await clients[(i / 2) % clients.length]!.call('/app')).status
      const answer = await dispatcher.request({ origin, path: '/app', method: 'GET', headers })
      await answer.body.dump()
      return answer.statusCode
    }),
  )
  expect(statuses.filter(status => status === 200)).toHaveLength(LIMIT)
  expect(statuses.filter(status => status === 429)).toHaveLength(3 * LIMIT)
  for (const client of clients) client.close()
  await dispatcher.close()
})

it('a WebSocket goes over TLS', async () => {
  const socket = await openSocket(weir, app, { client: { ca: certificate.cert } })
  socket.send('hello')
  expect((await nextMessage(socket)).toString()).toBe('hello')
  socket.terminate()
})

it('a client that reads nothing is cut behind TLS too, and has aborted', async () => {
  upstream.server.removeAllListeners('request')
  upstream.server.on('request', (_, response) => {
    const more = (): void => void (response.write(Buffer.alloc(65_536)) ? setImmediate(more) : 0)
    response.on('drain', more)
    more()
  })
  const deaf = await weir.newApp()
  const url = new URL(weir.weir.gatewayUrl)
  const socket = connect({ host: url.hostname, port: Number(url.port), ca: certificate.cert })
  await once(socket, 'secureConnect')
  socket.pause()
  const token = await deaf.token({ user_id: 'ann' })
  socket.write(head('GET /app', { 'x-api-key': deaf.apiKey, authorization: token }))
  expect(await outcomesOf(weir, deaf, 1)).toEqual({ aborted: 1 })
  socket.on('error', () => {}).destroy()
})
