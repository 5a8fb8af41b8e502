import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Outcome } from '../../src/store/outcome.ts'
import { type TestApp, type TestWeir, eventually } from './harness.ts'

export interface RecordedRequests {
  readonly endpoint: string
  readonly platform: string
  readonly outcome: Outcome
  readonly count: number
}

export interface RecordedConnection {
  readonly id: string
  readonly user_key: string | null
  readonly platform: string
  readonly endpoint: string
  readonly opened_ms: number
  readonly closed_ms: number | null
}

/** What is recorded may rest for five seconds while much is written, and longer on a busy machine. */
const WRITTEN_WITHIN_MS = 60_000

/** What an app's requests came to, once `total` of them are in the store. */
export async function outcomesOf(
  weir: TestWeir,
  app: TestApp,
  total: number,
): Promise<Partial<Record<Outcome, number>>> {
  const rows = await eventually(
    async () => requestsOf(weir, app),
    all => all.reduce((sum, { count }) => sum + count, 0) >= total,
    WRITTEN_WITHIN_MS,
  )
  const outcomes: Partial<Record<Outcome, number>> = {}
  for (const { outcome, count } of rows) outcomes[outcome] = (outcomes[outcome] ?? 0) + count
  return outcomes
}

export function requestsOf(weir: TestWeir, app: TestApp): RecordedRequests[] {
  return read<RecordedRequests>(
    weir.dataDir,
    'select endpoint, platform, outcome, count from requests_by_minute where app = ?',
    app,
  )
}

/** `dataDir` of a Weir, which may have stopped. */
export function connectionsOf(dataDir: string, app: TestApp): RecordedConnection[] {
  return read<RecordedConnection>(dataDir, 'select * from connections where app = ? order by opened_ms', app)
}

/** Active users, as the store knows them: by their key. */
export function usersOf(dataDir: string, app: TestApp): { userKey: string; month: string }[] {
  const rows = read<{ user_key: Uint8Array; month: string }>(
    dataDir,
    `select user_key, month from active_users join app_months on number = app_month where app = ? order by user_key`,
    app,
  )
  return rows.map(({ user_key: key, month }) => ({ userKey: Buffer.from(key).toString('base64url'), month }))
}

/** An app's connections once `accept` likes them. */
export function connectionsWhen(
  weir: TestWeir,
  app: TestApp,
  accept: (rows: RecordedConnection[]) => boolean,
): Promise<RecordedConnection[]> {
  return eventually(async () => connectionsOf(weir.dataDir, app), accept, WRITTEN_WITHIN_MS)
}

function read<Row>(dataDir: string, sql: string, app: TestApp): Row[] {
  const db = new DatabaseSync(join(dataDir, 'weir.db'), { readOnly: true })
  try {
    return db.prepare(sql).all(app.id) as Row[]
  } finally {
    db.close()
  }
}
