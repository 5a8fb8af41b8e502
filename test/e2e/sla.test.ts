import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SlaReport } from '../../src/core/availability/sla-report.ts'
import { utcMonth } from '../../src/core/time/utc-month.ts'
import { createUsageReader } from '../../src/control-plane/usage/usage-reader.ts'
import { type TestApp, type TestWeir, startTestWeir } from './harness.ts'
import { outcomesOf } from './recorded.ts'

const SLICE_MS = 5000
const FINAL_AFTER_MS = 600_000

/** Every slice with a valid request is judged by itself, and one failure is enough: what counts then shows. */
const strict = (text: string) =>
  text
    .replace('sliceSeconds: 10', 'sliceSeconds: 5')
    .replace('minRequests: 10 ', 'minRequests: 1 ')
    .replace('minFailed: 5 ', 'minFailed: 1 ')
    .replace('timeoutMs: 10000', 'timeoutMs: 1000')
    .replace('burst: { divisor: 30 }', 'burst: off')

/** An upstream whose answer the query chooses. */
const behaviours: Record<string, (socket: Socket) => void> = {
  ok: socket => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'),
  absent: socket => void socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno'),
  wrong: socket => void socket.end('HTTP/1.1 422 Wrong\r\nContent-Length: 2\r\n\r\nno'),
  broken: socket => void socket.end('HTTP/1.1 500 Broken\r\nContent-Length: 2\r\n\r\nno'),
  unavailable: socket => void socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nno'),
  reset: socket => socket.resetAndDestroy(),
  silent: () => undefined,
  cut: socket => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'),
}

let upstream: Server
let url: string
beforeAll(async () => {
  upstream = createServer(socket => {
    socket.on('error', () => socket.destroy())
    socket.once('data', data => {
      const [, name = ''] = /^[A-Z]+ \S+\?(\w+) /.exec(data.toString('latin1')) ?? []
      behaviours[name]?.(socket)
    })
  })
  await new Promise<void>(resolve => upstream.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
})
afterAll(() => void upstream.close())

/** The apps' months as they will be told when the slices up to the last beat are final. */
async function reportsOf(weir: TestWeir, apps: readonly TestApp[], month: string): Promise<SlaReport[]> {
  const file = join(weir.dataDir, 'weir.db')
  const reader = createUsageReader({ file })
  try {
    const nowMs = Math.floor(lastBeatMs(file) / SLICE_MS) * SLICE_MS + FINAL_AFTER_MS
    const asked = apps.map(({ organizationId }) => reader.ask('sla', { organizationId, month, nowMs }))
    return (await Promise.all(asked)).map(({ report }) => report)
  } finally {
    await reader.close()
  }
}

/** Ends it once the slice of the last request is over, so that all beats are in the store and reach that far. */
async function endAfterSlice(weir: TestWeir): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, SLICE_MS))
  await weir.weir.stop()
}

function lastBeatMs(file: string): number {
  const db = new DatabaseSync(file, { readOnly: true })
  const row = db.prepare('select max(to_ms) as ms from node_beats').get()
  db.close()
  return Number(row?.['ms'] ?? 0)
}

/** Told to the store itself: the app's time up to now is a third party's fault. */
function exclude(weir: TestWeir, app: TestApp, startMs: number): void {
  const db = new DatabaseSync(join(weir.dataDir, 'weir.db'))
  db.prepare(
    `insert into exclusions (id, organization, reason, start_ms, end_ms, explanation, author, created_ms)
     values (?, ?, 'third-party', ?, ?, 'A cloud', 'operator', ?)`,
  ).run(`exc_${app.id}`, app.organizationId, startMs, Date.now() + 2 * SLICE_MS, Date.now())
  db.close()
}

async function call(app: TestApp, behaviour: string): Promise<number> {
  const response = await app.call(`/app?${behaviour}`)
  // Some bodies are cut: that is what was asked for, and what the slices have to show.
  await response.text().catch(() => undefined)
  return response.status
}

describe('uptime of what the gateway recorded', () => {
  test('429s, 4xx and Weir’s own refusals never move it', async () => {
    const weir = await startTestWeir({ upstream: url, contract: strict })
    const app = await weir.newApp({ plan: 'growth', limits: { app: { GetApp: 3 } } })
    const month = utcMonth(Date.now())
    expect(await call(app, 'ok')).toBe(200)
    expect([await call(app, 'absent'), await call(app, 'wrong')]).toEqual([404, 422])
    // Aligned windows: a minute that turns in between lets a few more through.
    const limited = []
    for (let i = 0; i < 10; i++) limited.push(await call(app, 'ok'))
    expect(limited.at(-1)).toBe(429)
    expect((await app.call('/app?ok', { claims: null })).status).toBe(401)
    expect((await app.call('/nowhere?ok')).status).toBe(404)
    await weir.control('POST', `/api/apps/${app.id}/suspend`, { reason: 'Unpaid' })
    await weir.weir.refresh()
    expect(await call(app, 'ok')).toBe(403)
    const outcomes = await outcomesOf(weir, app, 16)
    expect(outcomes).toMatchObject({
      'client-error': 2,
      refused: expect.any(Number),
      limited: expect.any(Number),
    })
    await endAfterSlice(weir)
    const [report] = await reportsOf(weir, [app], month)
    expect(report).toMatchObject({ uptime: '100.00000', downSeconds: '0', spans: [] })
    expect(report?.readings.requests.downSeconds).toBe('0')
    await weir.stop()
  })

  test('5xx, 504, resets and cut bodies do, but not where the span is excluded', async () => {
    const weir = await startTestWeir({ upstream: url, contract: strict })
    const failing = ['broken', 'unavailable', 'reset', 'silent', 'cut']
    const month = utcMonth(Date.now())
    const startMs = Date.now() - SLICE_MS
    const apps: TestApp[] = []
    for (const behaviour of failing) {
      const app = await weir.newApp({ plan: 'growth' })
      await call(app, behaviour)
      apps.push(app)
    }
    for (const app of apps) expect(await outcomesOf(weir, app, 1)).toEqual({ failed: 1 })
    await endAfterSlice(weir)
    const told = (await reportsOf(weir, apps, month)).map(({ spans, downSeconds, uptime }, at) => {
      const [own] = spans.filter(({ decidedBy }) => decidedBy.includes('app'))
      return [failing[at], own?.valid, own?.failed, Number(downSeconds) > 0, uptime === '100.00000']
    })
    expect(told).toEqual(failing.map(behaviour => [behaviour, 1, 1, true, false]))
    for (const app of apps) exclude(weir, app, startMs)
    for (const { downSeconds, uptime, excludedSpans } of await reportsOf(weir, apps, month)) {
      expect([downSeconds, uptime, excludedSpans.length > 0]).toEqual(['0', '100.00000', true])
    }
    await weir.stop()
  })
})
