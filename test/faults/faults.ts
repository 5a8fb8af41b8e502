import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SlaReport } from '../../src/core/availability/sla-report.ts'
import { FINAL_AFTER_MS } from '../../src/control-plane/availability/read-time.ts'
import { directUsageReader } from '../../src/control-plane/usage/usage-questions.ts'
import { openStore } from '../../src/store/open-store.ts'
import { utcMonth } from '../../src/core/time/utc-month.ts'
import { eventually } from '../e2e/harness.ts'
import { type WeirProcess, addressesOf, startProcess } from '../e2e/process.ts'
import { MIN_REQUESTS, SLICE_MS, countOf } from './made-outage.ts'
import type { PacedClient } from './paced-client.ts'

const TOKEN = 'wo_a-token-for-the-faults-0123456789'
/** Far above what a fast upstream takes here, also while others use the machine. */
export const TIMEOUT_MS = 700

/** One app, no limits, slices of a second: a few seconds of traffic are judged each by itself. */
export const contract = `weir: 1
name: faults
currency: USD
upstream: { timeoutMs: ${TIMEOUT_MS} }
identity:
  apiKey: { header: x-api-key }
  token: none
platforms: { all: { default: true } }
endpoints: { Things: GET /things }
limits:
  app: { default: 1000000 }
  burst: off
availability: { sliceSeconds: ${SLICE_MS / 1000}, errorPercent: "5", minRequests: ${MIN_REQUESTS}, minFailed: 1 }
calendars: { always: 24/7 }
severities: { critical: Critical }
supportPlans:
  gold:
    sla: { form: accelerated, target: "99.9", acceleration: 10, cap: "100" }
    support: { calendar: always, firstResponse: {} }
plans:
  all:
    price: { monthly: "1000.00" }
    overage: none
    supportPlan: gold
`

/** A Weir of a test's own as a process, with one app that it serves. */
export interface FaultedWeir {
  readonly folder: string
  readonly apiKey: string
  gateway(): string
  /** Status of `/readyz`. */
  ready(): Promise<number>
  /** The control port's `/metrics`. */
  metrics(): Promise<string>
  /** Resolves when the log shows it. */
  logs(pattern: RegExp): Promise<RegExpMatchArray>
  /** Of the control API, as the operator. Throws for an answer that is no success. */
  control<T>(method: string, path: string, body?: unknown): Promise<T>
  /** With SIGKILL. */
  kill(): Promise<void>
  /** With SIGSTOP: all of its threads stand still. */
  freeze(): void
  goOn(): void
  /** Starts it again on the same data. */
  start(): Promise<void>
  /** Ends it in order: all that was recorded is in the store. */
  end(): Promise<number | NodeJS.Signals>
  /** The app's month as it is told once the slices before an instant are final. */
  reportTo(atMs: number): Promise<SlaReport>
  /** Requests of the start that count: the one that found the app known, and on a slow machine some that timed out. */
  readonly countedAtStart: number
  /** Requests in the usage of all minutes, whatever they came to. */
  counted(): Promise<number>
  /** Requests of all slices. */
  recorded(): Promise<number>
  stop(): Promise<void>
}

export interface FaultedWeirOptions {
  readonly upstream: string
  readonly databaseUrl?: string
  readonly args?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  readonly yaml?: string
}

export async function startFaultedWeir(options: FaultedWeirOptions): Promise<FaultedWeir> {
  const { upstream, databaseUrl, args = [], env = {}, yaml = contract } = options
  const folder = mkdtempSync(join(tmpdir(), 'weir-faults-'))
  const data = join(folder, 'data')
  writeFileSync(join(folder, 'contract.yaml'), yaml)
  const ports = ['--port', '0', '--control-port', '0', '--threads', '1', '--counters', '4096']
  const files = ['--data', data, '--contract', join(folder, 'contract.yaml'), '--upstream', upstream]
  const place = databaseUrl === undefined ? { file: join(data, 'weir.db') } : { url: databaseUrl }
  let weir: WeirProcess
  let addresses: { gateway: string; control: string }
  async function start(): Promise<void> {
    weir = startProcess(['serve', ...files, ...ports, ...args], {
      WEIR_OPERATOR_TOKEN: TOKEN,
      ...(databaseUrl !== undefined && { WEIR_DATABASE_URL: databaseUrl }),
      ...env,
    })
    addresses = await addressesOf(weir)
  }
  async function control<T>(method: string, path: string, body?: unknown): Promise<T> {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
    const init = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await fetch(addresses.control + path, { method, headers, ...init })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return JSON.parse(text) as T
  }
  await start()
  const { id } = await control<{ id: string }>('POST', '/api/organizations', { name: 'Acme', plan: 'all' })
  const app = await control<{ apiKey: string }>('POST', `/api/organizations/${id}/apps`, { name: 'App' })
  let countedAtStart = 0
  const call = async () => {
    const answer = await fetch(`${addresses.gateway}/things`, { headers: { 'x-api-key': app.apiKey } })
    await answer.text()
    if (answer.status === 200 || answer.status >= 500) countedAtStart++
    return answer.status
  }
  // The gateway's thread has to hear of the app; what it refuses before is in no slice.
  await eventually(call, status => status === 200, 60_000)
  return {
    folder,
    apiKey: app.apiKey,
    countedAtStart,
    gateway: () => addresses.gateway,
    ready: async () => (await fetch(`${addresses.control}/readyz`)).status,
    metrics: async () => (await fetch(`${addresses.control}/metrics`)).text(),
    logs: pattern => weir.shows(pattern),
    freeze: () => void weir.child.kill('SIGSTOP'),
    goOn: () => void weir.child.kill('SIGCONT'),
    control,
    start,
    kill: async () => void (await weir.end('SIGKILL')),
    end: async () => weir.end(),
    async reportTo(atMs) {
      const store = await openStore(place)
      const nowMs = Math.floor(atMs / SLICE_MS) * SLICE_MS + FINAL_AFTER_MS
      const asked = { organizationId: id, month: utcMonth(atMs), nowMs }
      const { report } = await directUsageReader(store.db).ask('sla', asked)
      await store.close()
      return report
    },
    async counted() {
      const store = await openStore(place)
      const { sum } = await store.db
        .selectFrom('requests_by_minute')
        .select(({ fn }) => fn.sum<number>('count').as('sum'))
        .where('outcome', 'in', ['served', 'failed'])
        .executeTakeFirstOrThrow()
      await store.close()
      return sum
    },
    async recorded() {
      const store = await openStore(place)
      const { sum } = await store.db
        .selectFrom('app_slices')
        .select(({ fn }) => fn.sum<number>('valid').as('sum'))
        .executeTakeFirstOrThrow()
      await store.close()
      return sum
    },
    async stop() {
      await weir.end('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Resolves when the client has seen so many more slices of a kind: outages last until they show, however slow all is. */
export async function untilMade(
  client: Pick<PacedClient, 'log'>,
  kind: 'up' | 'down',
  more: number,
): Promise<void> {
  const before = countOf(client.log, kind)
  await eventually(
    async () => countOf(client.log, kind) - before,
    count => count >= more,
    60_000,
  )
}
