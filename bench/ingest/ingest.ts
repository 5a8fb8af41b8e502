import { mkdtempSync, rmSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBatchWriter } from '../../src/data-plane/recording/batch-writer.ts'
import { createRecorder } from '../../src/data-plane/recording/recorder.ts'
import { openSpool } from '../../src/data-plane/recording/spool.ts'
import type { Batch } from '../../src/store/batch.ts'
import { openStore } from '../../src/store/open-store.ts'
import { applyBatches } from '../../src/store/recording.ts'
import { startPrivatePostgres } from '../../test/private-postgres.ts'
import { type Figures, interleave } from '../rounds.ts'
import type { Result } from '../run.ts'
import { type Ledger, postgresLedger, sqliteLedger } from './ledger.ts'
import { createOutcomes, OUTCOMES_A_SECOND } from './outcomes.ts'

/** Whole minutes from the start of one: a part of a minute would leave as many rows as a whole one. */
const MINUTES = 2
const MINUTE_MS = 60_000
const DAY_SECONDS = 86_400
const TICK_MS = 20
/** As the gateway's threads report. */
const REPORT_EVERY_MS = 500
const MOST_ROUNDS = 2

/** The recorder under 50,000 outcomes a second of 50 apps, and what it leaves in the store. */
export async function ingest(rounds: number): Promise<Result> {
  const postgres = await startPrivatePostgres()
  try {
    const rows = await interleave(['SQLite', 'Postgres'], Math.min(rounds, MOST_ROUNDS), async subject => {
      const directory = mkdtempSync(join(tmpdir(), 'weir-ingest-'))
      const file = join(directory, 'weir.db')
      const place = subject === 'SQLite' ? { file } : { url: await postgres.createDatabase() }
      const ledger = 'file' in place ? sqliteLedger(file) : postgresLedger(place.url)
      try {
        return await measure(place, directory, ledger)
      } finally {
        rmSync(directory, { recursive: true })
      }
    })
    return [[`ingest: ${OUTCOMES_A_SECOND} outcomes/s of 50 apps, ${MINUTES} minutes`, rows, 1]]
  } finally {
    await postgres.stop()
  }
}

async function measure(
  place: Parameters<typeof openStore>[0],
  directory: string,
  ledger: Ledger,
): Promise<Figures> {
  const store = await openStore(place)
  const before = await ledger.bytes(store.db)
  await ledger.begin(store.db)
  let applied = 0
  const run = await record(directory, async batches => {
    await applyBatches(store.db, batches)
    applied++
    await ledger.applied(store.db)
  })
  const served = await ledger.cpuSeconds(store.db)
  const walBytes = await ledger.walBytes(store.db)
  const rows = await ledger.rowsWritten(store)
  const again = await openStore(place)
  const grown = (await ledger.bytes(again.db)) - before
  await again.close()
  const aDay = DAY_SECONDS / run.seconds / 2 ** 20
  return {
    'outcomes/s': run.outcomes / run.seconds,
    'rows written/s': rows / run.seconds,
    'transactions/s': applied / run.seconds,
    'CPU %': (run.cpuSeconds * 100) / run.seconds,
    'CPU % of Postgres': (served * 100) / run.seconds,
    'store MiB a day': grown * aDay,
    'WAL MiB a day': walBytes * aDay,
  }
}

/** Runs the product's own recorder, spool and writer; resolves when `apply` has taken everything. */
async function record(directory: string, apply: (batches: readonly Batch[]) => Promise<void>) {
  const recorder = createRecorder({ storeOffsetMs: () => 0 })
  const spool = await openSpool({
    directory: join(directory, 'spool'),
    maxBytes: 1 << 28,
    nodeId: 'node_1',
    startedMs: Date.now(),
    onLost: fail,
    onSyncError: fail,
  })
  const lost = { onError: fail, onDiskError: fail, onDrop: fail }
  const writer = createBatchWriter({ nodeId: 'node_1', clock: Date.now, spool, apply, ...lost })
  await setTimeout(MINUTE_MS - (Date.now() % MINUTE_MS))
  const startedMs = Date.now()
  const endMs = startedMs - (startedMs % MINUTE_MS) + MINUTES * MINUTE_MS
  const next = createOutcomes(recorder)
  const cpu = process.cpuUsage()
  let sent = 0
  let reportedMs = startedMs
  for (let nowMs = startedMs; nowMs < endMs; nowMs = Date.now()) {
    for (const due = ((nowMs - startedMs) / 1000) * OUTCOMES_A_SECOND; sent < due; sent++) next(sent, nowMs)
    if (nowMs - reportedMs >= REPORT_EVERY_MS) {
      reportedMs = nowMs
      writer.add({ ...recorder.take()!, beats: [{ fromMs: nowMs, toMs: nowMs }] })
    }
    await setTimeout(TICK_MS)
  }
  const used = process.cpuUsage(cpu)
  const seconds = (Date.now() - startedMs) / 1000
  const last = recorder.take()
  if (last !== undefined) writer.add(last)
  await writer.flush(60_000)
  await spool.close()
  return { outcomes: sent, seconds, cpuSeconds: (used.user + used.system) / 1e6 }
}

function fail(error: unknown): never {
  throw new Error('the bench lost something', { cause: error })
}
