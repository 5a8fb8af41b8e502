import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { monthSpan } from '../../src/core/time/month.ts'
import { pdfProgramPath } from '../system-programs.ts'
import { eventually } from './harness.ts'
import { type WeirProcess, startProcess } from './process.ts'

/** Two days before a month ends; a day a second, the fastest there is. */
const start = '2026-03-30T00:00:00Z'
const speed = 86_400
/** Only a demo that stands still takes so long: what is waited for comes within a minute even of a slow machine. */
const WITHIN_MS = 240_000

let demo: WeirProcess
let printed: { api: string; control: string; key: string; alice: string; operator: string; customer: string }
const folder = mkdtempSync(join(tmpdir(), 'weir-demo-clock-'))

beforeAll(async () => {
  const clock = ['--clock', start, '--speed', `${speed}`]
  demo = startProcess(['demo', '--port', '0', '--control-port', '0', ...clock])
  await demo.shows(/Ctrl-C/)
  const text = demo.stdout()
  const one = (pattern: RegExp) => pattern.exec(text)?.[1] ?? ''
  printed = {
    api: one(/the API +(http\S+)/),
    control: one(/control API +(http\S+)\/api\/docs/),
    key: one(/API key +(\S+)/),
    alice: one(/token of alice +(\S+)/),
    operator: one(/operator token +(\S+)/),
    customer: one(/organizations\/(org_\w+)\//),
  }
}, 120_000)

afterAll(async () => {
  await demo.end('SIGKILL')
  rmSync(folder, { recursive: true })
})

async function ask(path: string, accept = 'application/json'): Promise<Response> {
  const headers = { authorization: `Bearer ${printed.operator}`, accept }
  return fetch(`${printed.control}${path}`, { headers })
}

async function read<T>(path: string): Promise<T> {
  const response = await ask(path)
  expect([path, response.status]).toEqual([path, 200])
  return (await response.json()) as T
}

/** What its clock shows, as it says itself. */
async function nowMs(): Promise<number> {
  const health = await read<{ testClock: { now: string; speed: number } }>('/healthz')
  expect(health.testClock.speed).toBe(speed)
  return Date.parse(health.testClock.now)
}

interface Invoice {
  readonly id: string
  readonly number: string
  readonly month: string
  readonly issuedOn: string
  readonly testClock: boolean
  readonly total: string
}

interface Counted {
  readonly name: string | null
  readonly requests: number
}

describe('weir demo with a clock of its own, a day a second', () => {
  it(
    'says in /healthz what time it is there, and that goes on',
    async () => {
      const first = await nowMs()
      expect(first).toBeGreaterThan(Date.parse(start))
      expect(first).toBeLessThan(Date.now())
      await eventually(nowMs, later => later > first, WITHIN_MS)
    },
    WITHIN_MS,
  )

  it(
    'has windows and usage at that time',
    async () => {
      const { items } = await read<{ items: { id: string }[] }>(`/api/organizations/${printed.customer}/apps`)
      const [app] = items
      const before = await nowMs()
      const response = await fetch(`${printed.api}/channels/messaging/general/message`, {
        method: 'POST',
        headers: {
          'x-api-key': printed.key,
          authorization: printed.alice,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ message: { text: 'Hello' } }),
      })
      expect(response.status).toBe(201)
      const after = await nowMs()
      const resetMs = Number(response.headers.get('x-ratelimit-reset')) * 1000
      expect(resetMs % 60_000).toBe(0)
      expect(resetMs).toBeGreaterThan(before)
      expect(resetMs).toBeLessThanOrEqual(after + 60_000)
      const span = `from=${new Date(before).toISOString()}&to=${new Date(after + 60_000).toISOString()}`
      const messages = async () => {
        const usage = await read<{ items: Counted[] }>(
          `/api/apps/${app!.id}/usage?${span}&step=day&by=endpoint`,
        )
        return usage.items.filter(({ name }) => name === 'SendMessage')
      }
      const [counted] = await eventually(messages, found => found.length > 0, WITHIN_MS)
      expect(counted).toMatchObject({ requests: 1 })
    },
    WITHIN_MS,
  )

  it(
    'closes a month by itself, and every form of the invoice says that the clock is a test’s',
    async () => {
      const list = async () => (await read<{ items: Invoice[] }>('/api/invoices?status=final')).items
      const [invoice] = await eventually(list, items => items.length > 0, WITHIN_MS)
      const { id, number, month, issuedOn } = invoice!
      expect(await read(`/api/invoices/${id}`)).toMatchObject({ number, testClock: true })
      // After the hours of grace, by that clock.
      expect(Date.parse(issuedOn)).toBeGreaterThan(monthSpan(month).endMs)
      expect(Date.parse(issuedOn)).toBeLessThanOrEqual(await nowMs())

      const pdf = await ask(`/api/invoices/${id}`, 'application/pdf')
      const file = join(folder, 'invoice.pdf')
      writeFileSync(file, new Uint8Array(await pdf.arrayBuffer()))
      const text = execFileSync(pdfProgramPath.text, ['-layout', file, '-'], { encoding: 'utf8' })
      expect(text).toMatch(/^TEST CLOCK: /)
      expect(text).toContain(number)

      const ubl = await ask(`/api/invoices/${id}`, 'application/xml')
      expect(ubl.status).toBe(200)
      expect(await ubl.text()).toMatch(/<cbc:Note>TEST CLOCK\. /)

      const csv = (await (await ask(`/api/invoices.csv?month=${month}`, 'text/csv')).text()).split('\r\n')
      const [head = [], ...rows] = csv.filter(line => line !== '').map(line => line.split(','))
      expect(rows.length).toBeGreaterThan(0)
      for (const row of rows) expect(row[head.indexOf('test_clock')]).toBe('true')
    },
    WITHIN_MS,
  )
})
