import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBatchWriter } from '../src/data-plane/recording/batch-writer.ts'
import { createRecorder } from '../src/data-plane/recording/recorder.ts'
import { openSpool } from '../src/data-plane/recording/spool.ts'
import { type Batch, rowsOf } from '../src/store/batch.ts'
import { type Store, openStore } from '../src/store/open-store.ts'
import { applyBatches } from '../src/store/recording.ts'
import { sql } from 'kysely'
import { startPrivatePostgres } from '../test/private-postgres.ts'
import { type Figures, interleave } from './rounds.ts'
import type { Result } from './run.ts'

const OUTCOMES_A_SECOND = 50_000
const SECONDS = 20
const TICK_MS = 20
const apps = Array.from({ length: 50 }, (_, at) => `app_${`${at}`.padStart(36, '0')}`)
const endpoints = ['SendMessage', 'QueryChannels', 'Search', 'GetApp', 'MarkRead']
const platforms = ['web', 'ios', 'android', 'server']

/** The recorder under 50,000 outcomes a second of 50 apps, and what it leaves in the store. */
export async function ingest(rounds: number): Promise<Result> {
  const postgres = await startPrivatePostgres()
  try {
    const rows = await interleave(['SQLite', 'Postgres'], rounds, async subject => {
      const directory = mkdtempSync(join(tmpdir(), 'weir-ingest-'))
      const place =
        subject === 'SQLite' ? { file: join(directory, 'weir.db') } : { url: await postgres.createDatabase() }
      const store = await openStore(place)
      try {
        return await measure(store, directory)
      } finally {
        await store.close()
        rmSync(directory, { recursive: true })
      }
    })
    return [[`ingest: ${OUTCOMES_A_SECOND} outcomes/s of ${apps.length} apps, ${SECONDS} s`, rows, 1]]
  } finally {
    await postgres.stop()
  }
}

async function measure(store: Store, directory: string): Promise<Figures> {
  const recorder = createRecorder({ storeOffsetMs: () => 0 })
  const spool = await openSpool({
    directory: join(directory, 'spool'),
    maxBytes: 1 << 28,
    nodeId: 'node_1',
    startedMs: Date.now(),
    onLost: fail,
    onSyncError: fail,
  })
  let rows = 0
  const writer = createBatchWriter({
    nodeId: 'node_1',
    clock: Date.now,
    spool,
    apply(batches: readonly Batch[]) {
      rows += rowsTouched(batches)
      return applyBatches(store.db, batches)
    },
    onError: fail,
    onDiskError: fail,
    onDrop: fail,
  })
  const started = performance.now()
  const cpu = process.cpuUsage()
  let sent = 0
  let reportedAt = started
  while (performance.now() - started < SECONDS * 1000) {
    const due = ((performance.now() - started) / 1000) * OUTCOMES_A_SECOND
    for (; sent < due; sent++) one(sent)
    if (performance.now() - reportedAt >= 500) {
      reportedAt = performance.now()
      writer.add(recorder.take()!)
    }
    await new Promise(resolve => setTimeout(resolve, TICK_MS))
  }
  const used = process.cpuUsage(cpu)
  const seconds = (performance.now() - started) / 1000
  await writer.flush(60_000)
  const lasting = await lastingRows(store)
  await spool.close()
  return {
    'outcomes/s': sent / seconds,
    'rows written/s': rows / seconds,
    'rows kept': lasting,
    'CPU %': (used.user + used.system) / 1e4 / seconds,
    'store MiB': (await storeBytes(store, directory)) / 2 ** 20,
  }

  function one(at: number): void {
    const appId = apps[at % apps.length]!
    const endpoint = endpoints[(at >> 3) % endpoints.length]!
    const platform = platforms[(at >> 5) % platforms.length]!
    const outcome = at % 97 === 0 ? 'client-error' : 'served'
    const arrivedMs = Date.now()
    const durationMs = (at * 7919) % 60
    recorder.slice({ appId, endpoint, arrivedMs, durationMs, sliceSeconds: 10 }, undefined, outcome)
    recorder.request({ appId, endpoint, platform, outcome, arrivedMs, durationMs })
  }
}

/** Rows of one transaction, each once: that is what the store writes. */
function rowsTouched(batches: readonly Batch[]): number {
  const names = new Set<string>()
  for (const { requests, appSlices, endpointSlices } of batches) {
    for (const { latency: _, count: _count, ...key } of requests) names.add(JSON.stringify(key))
    for (const { name, sliceMs } of [...appSlices, ...endpointSlices]) names.add(`${name} ${sliceMs}`)
  }
  const others = batches.map(each => rowsOf({ ...each, requests: [], appSlices: [], endpointSlices: [] }))
  return names.size + others.reduce((sum, each) => sum + each, 0)
}

async function lastingRows({ db }: Store): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select (select count(*) from requests_by_minute) + (select count(*) from app_slices)
      + (select count(*) from endpoint_slices) as n
  `.execute(db)
  return Number(rows[0]!.n)
}

async function storeBytes({ db }: Store, directory: string): Promise<number> {
  const files = readdirSync(directory).filter(name => name.startsWith('weir.db'))
  if (files.length === 0) {
    const { rows } = await sql<{ n: number }>`
      select sum(pg_total_relation_size(c.oid)) as n from pg_class c
      where c.relname in ('requests_by_minute', 'app_slices', 'endpoint_slices')
    `.execute(db)
    return Number(rows[0]!.n)
  }
  await sql`pragma wal_checkpoint(truncate)`.execute(db)
  return statSync(join(directory, 'weir.db')).size
}

function fail(error: unknown): never {
  throw new Error('the bench lost something', { cause: error })
}
