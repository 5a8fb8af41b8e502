import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { createMails } from '../src/control-plane/channels/mail.ts'
import { closeMonthJob } from '../src/control-plane/invoicing/close-month.ts'
import { createAgreements } from '../src/control-plane/invoicing/agreement.ts'
import { startJobRunner } from '../src/control-plane/jobs/job-runner.ts'
import { createUsageReader } from '../src/control-plane/usage/usage-reader.ts'
import { openEvidenceKey } from '../src/identity/evidence-key.ts'
import { addApp } from '../src/store/apps.ts'
import { addContractVersion } from '../src/store/contracts.ts'
import { numbersOf } from '../src/store/names.ts'
import { type Store, openStore } from '../src/store/open-store.ts'
import { addOrganization } from '../src/store/organizations.ts'
import { addSubscription } from '../src/store/subscriptions.ts'
import type { Figures } from './rounds.ts'
import type { Result } from './run.ts'

/** A month of this many apps is measured; a thousand of them would be 268 million rows, minutes of writing. */
const APPS = Number(process.env['WEIR_BENCH_APPS'] ?? 50)
const MONTH = '2026-10'
const START_MS = Date.UTC(2026, 9, 1)
const SLICES = 31 * 8640
const CLOSE_MS = Date.UTC(2026, 10, 2)
const endpoints = ['SendMessage', 'QueryChannels', 'Search', 'GetApp', 'MarkRead']

/** A month of ten-second slices, each of every app with requests: one customer's report, the close, the bytes. */
export async function sla(rounds: number): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), 'weir-sla-'))
  const file = join(directory, 'weir.db')
  const store = await openStore({ file })
  const usage = createUsageReader({ file })
  try {
    const empty = size(store, file)
    await fill(store)
    const bytes = (await size(store, file)) - (await empty)
    const reports: number[] = []
    const before = process.cpuUsage()
    for (let round = 0; round < rounds; round++) reports.push(await report(usage, round % APPS))
    const read = process.cpuUsage(before)
    const closeSeconds = await close(store, usage)
    const all = process.cpuUsage(before)
    const figures: Figures = {
      'report ms': reports.toSorted((a, b) => a - b)[reports.length >> 1] ?? 0,
      'report CPU ms': (read.user + read.system) / 1000 / rounds,
      'close s': closeSeconds,
      'close CPU ms an app': (all.user + all.system - read.user - read.system) / 1000 / APPS,
      'close ms an app': (closeSeconds * 1000) / APPS,
      'MiB an app': bytes / (APPS + endpoints.length + 1) / 2 ** 20,
      'bytes a row': bytes / (APPS + endpoints.length + 1) / SLICES,
    }
    return [[`sla: a month of 10-second slices of ${APPS} apps, SQLite`, new Map([['Weir', figures]]), 1]]
  } finally {
    await usage.close()
    await store.close()
    rmSync(directory, { recursive: true })
  }
}

async function report(usage: ReturnType<typeof createUsageReader>, app: number): Promise<number> {
  const started = performance.now()
  const { report: told } = await usage.ask('sla', {
    organizationId: `org_${app}`,
    month: MONTH,
    nowMs: CLOSE_MS,
  })
  if (told.seconds.up !== SLICES * 10)
    throw new Error(`not all slices are up: ${JSON.stringify(told.seconds)}`)
  return performance.now() - started
}

async function close(store: Store, usage: ReturnType<typeof createUsageReader>): Promise<number> {
  const { db } = store
  const failed = (facts: object) => {
    throw new Error('the close failed', { cause: facts })
  }
  const job = closeMonthJob({
    db,
    agreements: createAgreements(),
    testClock: false,
    usage,
    mails: createMails({ smtpUrl: undefined, from: '', log: { warn: failed } }),
    evidenceKey: openEvidenceKey({
      dataDir: '',
      env: { WEIR_EVIDENCE_KEY: Buffer.alloc(32, 7).toString('base64') },
    }),
  })
  const clock = () => CLOSE_MS
  const log = { warn: failed, error: failed }
  const runner = startJobRunner({ db, jobs: [job], nodeId: 'node_1', clock, realClock: Date.now, log })
  const started = performance.now()
  await runner.runDue()
  const seconds = (performance.now() - started) / 1000
  await runner.stop()
  const { n } = await db
    .selectFrom('sla_months')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow()
  if (Number(n) !== APPS) throw new Error(`${n} of ${APPS} months are closed`)
  return seconds
}

/** Customers with an app each, and rows as recording writes them, made by the database itself. */
async function fill({ db }: Store): Promise<void> {
  const yaml = readFileSync(new URL('../contracts/chat.yaml', import.meta.url), 'utf8')
  const dates = { loadedMs: START_MS, pricesFromMs: START_MS }
  await addContractVersion(db, { yaml, documents: {}, source: 'file', ...dates })
  const names = Array.from({ length: APPS }, (_, app) => `app_${app}`)
  for (const [app, id] of names.entries()) {
    const organizationId = `org_${app}`
    const common = { organizationId, createdMs: START_MS }
    await addOrganization(db, {
      id: organizationId,
      name: id,
      billing: {},
      eligibility: undefined,
      createdMs: 1,
    })
    await addApp(db, { ...common, id, name: id, sealedSecret: Uint8Array.of(1) })
    const chosen = { plan: 'growth', supportPlan: 'business', addOns: [], interval: 'monthly' as const }
    await addSubscription(db, { ...common, ...chosen, id: `sub_${app}`, fromMs: START_MS })
  }
  const numbers = await numbersOf(db, [...names, ...endpoints])
  const rows = (table: 'app_slices' | 'endpoint_slices', of: readonly string[]) =>
    sql`
      insert into ${sql.table(table)} (name, slice_ms, seconds, valid, failed)
      with recursive slice(at) as (select 0 union all select at + 1 from slice where at < ${SLICES - 1})
      select names.value, ${START_MS} + at * 10000, 10, 100 + at % 50, at % 97 = 0
      from json_each(${JSON.stringify(of.map(each => numbers.get(each)))}) as names, slice
    `.execute(db)
  await rows('app_slices', names)
  await rows('endpoint_slices', endpoints)
  await sql`
    insert into endpoint_slices (name, slice_ms, seconds, valid, failed)
    select 0, slice_ms, seconds, sum(valid), sum(failed) from endpoint_slices group by slice_ms, seconds
  `.execute(db)
}

async function size({ db }: Store, file: string): Promise<number> {
  await sql`pragma wal_checkpoint(truncate)`.execute(db)
  return statSync(file).size
}
