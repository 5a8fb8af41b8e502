import type { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestWeir, eventually, startTestWeir } from './harness.ts'
import { connectionsWhen } from './recorded.ts'
import { type SocketUpstream, openSocket, startSocketUpstream } from './sockets.ts'

let upstream: SocketUpstream
let weir: TestWeir
const workers: Worker[] = []
const noteWorker = (worker: Worker) => void (worker.threadName?.startsWith('gateway') && workers.push(worker))

beforeAll(async () => {
  process.on('worker', noteWorker)
  upstream = await startSocketUpstream()
  weir = await startTestWeir({ upstream: upstream.url })
})

afterAll(async () => {
  process.off('worker', noteWorker)
  await weir.stop()
  await upstream.close()
})

const ready = async () => (await fetch(`${weir.weir.controlUrl}/readyz`)).status

it('a gateway thread that dies is replaced, knows every app, and no count is lost', async () => {
  const app = await weir.newApp({ limits: { app: { GetApp: 1000 } } })
  const left = async () => {
    const answer = await app.call('/app', { claims: { server: true }, headers: { connection: 'close' } })
    expect(answer.status).toBe(200)
    return {
      left: Number(answer.headers.get('x-ratelimit-remaining')),
      reset: answer.headers.get('x-ratelimit-reset'),
    }
  }
  const before = await left()
  expect(workers).toHaveLength(2)
  await workers[0]!.terminate()
  await eventually(ready, status => status === 503 || workers.length === 3, 60_000)
  await eventually(ready, status => status === 200, 60_000)
  expect(workers).toHaveLength(3)
  for (let i = 0; i < 10; i++) {
    const after = await left()
    if (after.reset === before.reset) expect(after.left).toBe(before.left - 1 - i)
  }
})

it('the WebSockets of a thread that dies have ended with it', async () => {
  const app = await weir.newApp()
  const socket = await openSocket(weir, app)
  await connectionsWhen(weir, app, rows => rows.length === 1)
  for (const worker of workers.slice(-2)) await worker.terminate()
  const [row] = await connectionsWhen(weir, app, rows => rows[0]?.closed_ms !== null)
  expect(row!.closed_ms).toBeGreaterThanOrEqual(row!.opened_ms)
  socket.terminate()
  await eventually(ready, status => status === 200, 60_000)
})

it('a thread that is still starting misses no change', async () => {
  const app = await weir.newApp()
  const replaced = new Promise<void>(resolve => process.once('worker', () => resolve()))
  void workers.at(-1)!.terminate()
  await replaced
  await weir.control('PUT', `/api/apps/${app.id}/limits`, { app: { GetApp: 4321 } })
  await eventually(ready, status => status === 200, 60_000)
  await weir.weir.refresh()
  const limits = await Promise.all(
    Array.from({ length: 40 }, async () => {
      const answer = await app.call('/app', { claims: { server: true }, headers: { connection: 'close' } })
      return answer.headers.get('x-ratelimit-limit')
    }),
  )
  expect(new Set(limits)).toEqual(new Set(['4321']))
})
