import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { isoInstant } from '../core/time/instant.ts'
import { monthSpan } from '../core/time/month.ts'
import { utcMonth } from '../core/time/utc-month.ts'
import { grouped } from '../core/contract/plain-words.ts'
import { openContracts } from '../control-plane/api/contracts.ts'
import { MOST_ROWS, USAGE_STEPS, requestUsage } from '../control-plane/usage/request-usage.ts'
import {
  appTotalsCsv,
  monthUsageCsv,
  organizationsCsv,
  requestUsageCsv,
} from '../control-plane/usage/usage-csv.ts'
import { appMonthJson, overviewJson, requestUsageJson } from '../control-plane/usage/usage-json.ts'
import { createAgreements } from '../control-plane/invoicing/agreement.ts'
import { appMonthUsage } from '../control-plane/usage/organization-usage.ts'
import { type NamedOverview, createUsageOverviews } from '../control-plane/usage/usage-overview.ts'
import { directUsageReader } from '../control-plane/usage/usage-questions.ts'
import { type App, findApp } from '../store/apps.ts'
import { lastBatchMs } from '../store/nodes.ts'
import { readStore } from '../store/open-store.ts'
import { findOrganization, listOrganizations } from '../store/organizations.ts'
import type { Schema } from '../store/schema.ts'
import { appTable, listTable, requestTable, usageTable } from './usage-text.ts'
import { UsageError } from './usage-error.ts'

export interface UsageSettings {
  readonly organization?: string
  readonly app?: string
  readonly month?: string
  readonly data: string
  readonly databaseUrl?: string
  /** What a line of the table stands for; people get all tables if left out, and CSV has a line a day. */
  readonly by?: 'day' | 'app' | 'endpoint'
  readonly json?: boolean
  readonly csv?: boolean
}

interface UsageOutput {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

/**
 * `weir usage`: a UTC month of one organization by day and by app, of one app by day and endpoint, or of every
 * organization in a line each. It reads beside a running Weir. Returns the exit status: 1 when what was asked for is
 * not there.
 */
export async function runUsage(
  settings: UsageSettings,
  io: UsageOutput,
  realMs = Date.now(),
): Promise<number> {
  const { data, databaseUrl } = settings
  const place = databaseUrl === undefined ? { file: join(data, 'weir.db') } : { url: databaseUrl }
  try {
    refuseMixed(settings)
    await readStore(place, async db => {
      const nowMs = await storeTime(db, realMs)
      if (nowMs !== realMs) {
        io.err(`weir usage: the newest record is of ${isoInstant(nowMs)}, which is taken for now.\n`)
      }
      io.out(await textOf(db, settings, settings.month ?? utcMonth(nowMs), nowMs))
    })
    return 0
  } catch (error) {
    if ([TypeError, RangeError, ReferenceError].some(bug => error instanceof bug)) throw error
    io.err(`weir usage: ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}

/** A `by` that would be passed over is a mistake. */
function refuseMixed({ organization, app, by }: UsageSettings): void {
  if (by === 'app' && organization === undefined)
    throw new UsageError('--by app is for --organization: name one')
  if (by === 'endpoint' && app === undefined) throw new UsageError('--by endpoint is for --app: name one')
  if (by === 'day' && organization === undefined && app === undefined) {
    throw new UsageError('--by day is for --organization and --app: name one')
  }
}

/**
 * The store does not know whether its Weir goes by a test's clock. But nodes beat every second, so records that end
 * long before or after the real time are of another clock, or of a Weir that has stopped: for both, their end is now.
 */
async function storeTime(db: Kysely<Schema>, realMs: number): Promise<number> {
  const newestMs = (await lastBatchMs(db)) ?? realMs
  return Math.abs(newestMs - realMs) > LONGEST_LAG_MS ? newestMs : realMs
}

/** Batches may wait on disk while the store is away, and clocks of machines differ. */
const LONGEST_LAG_MS = 3_600_000

async function textOf(
  db: Kysely<Schema>,
  settings: UsageSettings,
  month: string,
  nowMs: number,
): Promise<string> {
  if (settings.app !== undefined) {
    const app = await findApp(db, settings.app)
    if (app === undefined) throw new UsageError(`there is no app ${settings.app}`)
    return appText(db, app, settings, month, nowMs)
  }
  const overviews = await overviewsOf(db)
  if (settings.organization === undefined) {
    const all: NamedOverview[] = []
    for (const organization of await everyOrganization(db)) {
      const { id, name } = organization
      all.push({ id, name, overview: await overviews.read(organization, month, nowMs) })
    }
    return listText(all, month, settings)
  }
  const organization = await findOrganization(db, settings.organization)
  if (organization === undefined) throw new UsageError(`there is no organization ${settings.organization}`)
  const overview = await overviews.read(organization, month, nowMs)
  const { usage } = overview
  if (settings.csv) return settings.by === 'app' ? appTotalsCsv(usage.byApp) : monthUsageCsv(usage)
  if (settings.json) return json({ organization: organization.id, ...overviewJson(overview) })
  return usageTable(organization.name, overview, settings.by)
}

async function overviewsOf(db: Kysely<Schema>) {
  const contracts = await openContracts({ store: { db, close: async () => undefined } })
  const reader = directUsageReader(db)
  return createUsageOverviews({
    db,
    agreements: createAgreements(),
    reader,
    contract: () => contracts.inForce().contract,
  })
}

async function appText(
  db: Kysely<Schema>,
  { id, name }: App,
  { by, csv, json: asJson }: UsageSettings,
  month: string,
  nowMs: number,
): Promise<string> {
  const requests = async () => readRequests(db, id, month, nowMs)
  if (by === 'endpoint') {
    const { question, answer } = await requests()
    if (csv) return requestUsageCsv(answer, USAGE_STEPS.day, 'endpoint')
    return asJson ? json(requestUsageJson(question, answer)) : requestTable(`${name}, ${month}`, answer)
  }
  const usage = await appMonthUsage(db, { appId: id, month, nowMs })
  if (csv) return monthUsageCsv(usage)
  if (asJson) return json(appMonthJson(id, usage))
  if (by === 'day') return appTable(name, usage)
  return `${appTable(name, usage)}\n${requestTable('requests by endpoint', (await requests()).answer)}`
}

async function readRequests(db: Kysely<Schema>, appId: string, month: string, nowMs: number) {
  const { startMs: fromMs, endMs } = monthSpan(month)
  const toMs = Math.max(fromMs, Math.min(endMs, Math.ceil(nowMs / USAGE_STEPS.day) * USAGE_STEPS.day))
  const question = { appId, fromMs, toMs, step: 'day', by: 'endpoint' } as const
  const answer = await requestUsage(db, question)
  if (answer.count > MOST_ROWS) {
    throw new UsageError(
      `${grouped(answer.count)} rows are more than ${grouped(MOST_ROWS)}: ask the API by platform`,
    )
  }
  return { question, answer }
}

async function everyOrganization(db: Kysely<Schema>) {
  return listOrganizations(db, { limit: Number.MAX_SAFE_INTEGER, after: undefined })
}

function listText(all: readonly NamedOverview[], month: string, settings: UsageSettings): string {
  if (settings.csv) return organizationsCsv(all)
  if (!settings.json) return listTable(month, all)
  return json({
    items: all.map(({ id, name, overview }) => ({ organization: id, name, ...overviewJson(overview) })),
  })
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
