import { fork } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type TestApp,
  type TestUpstream,
  type TestWeir,
  startTestWeir,
  startUpstream,
} from '../e2e/harness.ts'
import { head } from '../e2e/raw-client.ts'
import type { SlowOrder, SlowReport } from './slow-clients-process.ts'
import { unlimited } from './unlimited.ts'

const WANTED = 10_000
/** Either side needs a file descriptor a connection, and some more for itself; where there are fewer, fewer are tried. */
const SLOW = Math.min(WANTED, openFiles() - 1000)

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
  if (SLOW < WANTED) process.stdout.write(`slow clients: only ${SLOW}, for want of open files\n`)
  expect(SLOW, 'raise the limit of open files: `ulimit -n 20000`').toBeGreaterThan(1000)
  const token = await app.token({ user_id: 'slow' })
  const upload = { 'x-api-key': app.apiKey, authorization: token, 'content-length': '100' }
  const order: SlowOrder = {
    port: Number(new URL(weir.weir.gatewayUrl).port),
    count: SLOW,
    // Nothing at all, a head that drips, a body that drips and whose upstream waits for it.
    starts: ['', 'GET /app HTTP/1.1\r\nhost: x\r\na: ', head('POST /app', upload)],
  }
  const clients = fork(new URL('slow-clients-process.ts', import.meta.url), { execArgv: [] })
  const exited = once(clients, 'exit')
  const told = async (message: SlowOrder | 'count'): Promise<SlowReport> => {
    clients.send(message)
    // One that cannot open them ends, and would never tell.
    const [report] = (await Promise.race([once(clients, 'message'), exited])) as [SlowReport]
    return report
  }
  try {
    expect(await told(order)).toEqual({ open: SLOW })
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => app.call('/app')))
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
      await Promise.all(answers.map(answer => answer.text()))
    }
    expect(await told('count')).toEqual({ open: SLOW })
  } finally {
    clients.kill()
    await exited
  }
})

/** How many files this process may have open. */
function openFiles(): number {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } }
  const soft = userLimits?.open_files?.soft
  return typeof soft === 'number' ? soft : Number(soft) || 4096
}
