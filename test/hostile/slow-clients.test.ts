import { type Socket, connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type TestApp,
  type TestUpstream,
  type TestWeir,
  startTestWeir,
  startUpstream,
} from '../e2e/harness.ts'
import { head } from '../e2e/raw-client.ts'
import { unlimited } from './unlimited.ts'

/** Client and gateway share a process here, so a connection takes two of its file descriptors. */
const SLOW = Math.min(10_000, Math.floor((openFiles() - 1000) / 2))

let upstream: TestUpstream
let weir: TestWeir
let app: TestApp

beforeAll(async () => {
  upstream = await startUpstream()
  weir = await startTestWeir({
    upstream: upstream.url,
    contract: unlimited,
    settings: { maxConnectionsPerPeer: 20_000, headSeconds: 60, bodyIdleSeconds: 60 },
  })
  app = await weir.newApp()
})

afterAll(async () => {
  await weir.stop()
  await upstream.close()
})

it(`good clients are served under ${SLOW} slow connections`, async () => {
  const token = await app.token({ user_id: 'slow' })
  const upload = { 'x-api-key': app.apiKey, authorization: token, 'content-length': '100' }
  // Nothing at all, a head that drips, a body that drips and whose upstream waits for it.
  const starts = ['', 'GET /app HTTP/1.1\r\nhost: x\r\na: ', head('POST /app', upload)]
  const slow: Socket[] = []
  const url = new URL(weir.weir.gatewayUrl)
  // Uploads take a connection to the upstream each: a few of them are enough.
  const kind = (i: number) => (i % 50 === 0 ? 2 : i % 2)
  while (slow.length < SLOW) {
    const batch = Array.from({ length: Math.min(250, SLOW - slow.length) }, (_, i) =>
      open(url, starts[kind(slow.length + i)]!),
    )
    slow.push(...(await Promise.all(batch)))
  }
  const dripping = setInterval(() => {
    for (let i = 0; i < slow.length; i += 10) if (kind(i) !== 0) slow[i]!.write('x')
  }, 500)
  for (let round = 0; round < 20; round++) {
    const answers = await Promise.all(Array.from({ length: 10 }, () => app.call('/app')))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
    await Promise.all(answers.map(answer => answer.text()))
  }
  clearInterval(dripping)
  expect(slow.filter(({ closed }) => closed)).toHaveLength(0)
  for (const socket of slow) socket.destroy()
})

async function open(url: URL, bytes: string): Promise<Socket> {
  const socket = connect(Number(url.port), url.hostname)
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  socket.on('error', () => socket.destroy())
  socket.write(bytes)
  return socket
}

/** How many files this process may have open. */
function openFiles(): number {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } }
  const soft = userLimits?.open_files?.soft
  return typeof soft === 'number' ? soft : Number(soft) || 4096
}
