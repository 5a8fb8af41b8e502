import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { createMails } from '../../src/control-plane/channels/mail.ts'
import { createAgreements } from '../../src/control-plane/invoicing/agreement.ts'
import { closeMonthJob } from '../../src/control-plane/invoicing/close-month.ts'
import { startJobRunner } from '../../src/control-plane/jobs/job-runner.ts'
import type { UsageReader } from '../../src/control-plane/usage/usage-questions.ts'
import { createUsageReader } from '../../src/control-plane/usage/usage-reader.ts'
import { openEvidenceKey } from '../../src/identity/evidence-key.ts'
import { type Store, openStore } from '../../src/store/open-store.ts'
import { type PackPlace, packSlices } from '../../src/store/pack-slices.ts'
import type { Schema } from '../../src/store/schema.ts'
import { serialized } from '../../src/store/serialized.ts'
import { bytesOf } from '../month/table-bytes.ts'
import type { Figures } from '../rounds.ts'
import type { Result } from '../run.ts'
import {
  END_MS,
  LAST_MONTH,
  START_MS,
  type Traffic,
  addCustomers,
  busy,
  fillPacked,
  fillRows,
  quiet,
  veryBusy,
} from './fill.ts'

const APPS = Number(process.env['WEIR_BENCH_APPS'] ?? 50)
const DAY_MS = 86_400_000
const PACKED_DAYS = 31
const MIB = 2 ** 20

/** Ten-second slices: what a month of them takes, and what reports, closes and the cost of an outage take of many apps. */
export async function sla(rounds: number): Promise<Result> {
  const kinds = new Map<string, Traffic>([
    ['some 100 requests a slice', busy],
    ['some 10,000 requests a slice', veryBusy],
    ['one request in 400 s', quiet],
  ])
  const packed = new Map<string, Figures>()
  for (const [kind, traffic] of kinds) packed.set(kind, await withStore(store => packing(store, traffic)))
  const judged = await withStore((store, usage) => judging(store, usage, rounds))
  return [
    ['slices of 10 s: a month of an app on SQLite, as rows and packed', packed, 1],
    [`sla: ${APPS} apps with requests in every slice, on SQLite`, new Map([['Weir', judged]]), 1],
  ]
}

async function withStore(measure: (store: Store, usage: UsageReader) => Promise<Figures>): Promise<Figures> {
  const directory = mkdtempSync(join(tmpdir(), 'weir-sla-'))
  const file = join(directory, 'weir.db')
  const store = await openStore({ file })
  const usage = createUsageReader({ file })
  try {
    const figures = await measure(store, usage)
    // A long benchmark that is cut off has told what it knew.
    process.stderr.write(`${JSON.stringify(figures)}\n`)
    return figures
  } finally {
    await usage.close()
    await store.close()
    rmSync(directory, { recursive: true })
  }
}

const APPS_PACKED = 4

async function packing({ db }: Store, traffic: Traffic): Promise<Figures> {
  const empty = await bytesOf(db, [])
  for (let app = 0; app < APPS_PACKED; app++) await fillRows(db, app, traffic, PACKED_DAYS)
  const rows = (await bytesOf(db, [])) - empty
  let longestMs = 0
  // An hour after the other, as the job does.
  const spent = await cost(async () => {
    for (let beforeMs = START_MS; beforeMs <= START_MS + PACKED_DAYS * DAY_MS; beforeMs += 3_600_000) {
      longestMs = Math.max(longestMs, await pack(db, beforeMs))
    }
  })
  const days = (await bytesOf(db, [])) - empty
  return {
    'KiB as rows': rows / APPS_PACKED / 1024,
    'KiB packed': days / APPS_PACKED / 1024,
    'CPU ms to pack a day': spent.cpuMs / APPS_PACKED / PACKED_DAYS,
    'longest step ms': longestMs,
  }
}

/** How long the longest step took. */
async function pack(db: Kysely<Schema>, beforeMs: number): Promise<number> {
  let place: PackPlace | undefined
  let longestMs = 0
  do {
    const startedMs = performance.now()
    const from = place
    const { next } = await serialized(db, trx => packSlices(trx, { place: from, beforeMs, mostRows: 2000 }))
    place = next
    longestMs = Math.max(longestMs, performance.now() - startedMs)
  } while (place !== undefined)
  return longestMs
}

async function judging(store: Store, usage: UsageReader, rounds: number): Promise<Figures> {
  await addCustomers(store.db, APPS)
  const empty = await bytesOf(store.db, [])
  await fillPacked(store.db, APPS, busy)
  const bytes = (await bytesOf(store.db, [])) - empty
  const first = await close(store, usage, Date.UTC(2026, 7, 2))
  for (const beginMs of [Date.UTC(2026, 8, 2), Date.UTC(2026, 9, 2)]) await close(store, usage, beginMs)
  const reports: { ms: number; cpuMs: number }[] = []
  for (let round = 0; round < rounds; round++) reports.push(await cost(() => report(usage, round % APPS)))
  const outage = await cost(() => usage.ask('outageCost', { nowMs: END_MS - 1000 }))
  const last = await close(store, usage, Date.UTC(2026, 10, 2))
  const median = (list: readonly number[]) => list.toSorted((a, b) => a - b)[list.length >> 1] ?? 0
  return {
    'report ms': median(reports.map(({ ms }) => ms)),
    'report CPU ms': median(reports.map(({ cpuMs }) => cpuMs)),
    'first close s': first.ms / 1000,
    'first close CPU ms an app': first.cpuMs / APPS,
    'close, three months looked at again, s': last.ms / 1000,
    '… CPU ms an app': last.cpuMs / APPS,
    'cost of an outage s': outage.ms / 1000,
    'cost of an outage CPU ms an app': outage.cpuMs / APPS,
    'MiB of four months': bytes / MIB,
  }
}

/** Of this process: the thread that reads is part of it. */
async function cost(work: () => Promise<unknown>): Promise<{ ms: number; cpuMs: number }> {
  const [before, startedMs] = [process.cpuUsage(), performance.now()]
  await work()
  const ms = performance.now() - startedMs
  const { user, system } = process.cpuUsage(before)
  return { ms, cpuMs: (user + system) / 1000 }
}

async function report(usage: UsageReader, app: number): Promise<void> {
  const asked = { organizationId: `org_${app}`, month: LAST_MONTH, nowMs: Date.UTC(2026, 10, 1, 1) }
  const { report: told } = await usage.ask('sla', asked)
  if (told.seconds.up !== 31 * 86_400)
    throw new Error(`not all slices are up: ${JSON.stringify(told.seconds)}`)
}

/** Closes what is due by then. */
async function close({ db }: Store, usage: UsageReader, nowMs: number) {
  const failed = (facts: object) => {
    throw new Error('the close failed', { cause: facts })
  }
  const log = { warn: failed, error: failed }
  const mails = createMails({ smtpUrl: undefined, from: '', log })
  const env = { WEIR_EVIDENCE_KEY: Buffer.alloc(32, 7).toString('base64') }
  const evidenceKey = openEvidenceKey({ dataDir: '', env })
  const job = closeMonthJob({
    db,
    agreements: createAgreements(),
    testClock: false,
    usage,
    mails,
    evidenceKey,
  })
  const clock = () => nowMs
  const runner = startJobRunner({ db, jobs: [job], nodeId: `node_${nowMs}`, clock, realClock: Date.now, log })
  const spent = await cost(() => runner.runDue())
  await runner.stop()
  const month = new Date(nowMs - 3 * DAY_MS).toISOString().slice(0, 7)
  const { n } = await db
    .selectFrom('sla_months')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .where('month', '=', month)
    .executeTakeFirstOrThrow()
  if (Number(n) !== APPS) throw new Error(`${n} of ${APPS} organizations are closed for ${month}`)
  return spent
}
