import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { isoInstant } from '../core/time/instant.ts'
import { monthSpan } from '../core/time/month.ts'
import { utcMonth } from '../core/time/utc-month.ts'
import { grouped } from '../core/contract/plain-words.ts'
import { openContracts } from '../control-plane/api/contracts.ts'
import { MOST_ROWS, USAGE_STEPS, requestUsage } from '../control-plane/usage/request-usage.ts'
import { monthUsageCsv, requestUsageCsv } from '../control-plane/usage/usage-csv.ts'
import { overviewJson, requestUsageJson } from '../control-plane/usage/usage-json.ts'
import { createAgreements } from '../control-plane/invoicing/agreement.ts'
import { type UsageOverview, createUsageOverviews } from '../control-plane/usage/usage-overview.ts'
import { directUsageReader } from '../control-plane/usage/usage-questions.ts'
import { findApp } from '../store/apps.ts'
import { readStore } from '../store/open-store.ts'
import { findOrganization, listOrganizations } from '../store/organizations.ts'
import type { Schema } from '../store/schema.ts'
import { usageTable, requestTable } from './usage-text.ts'
import { UsageError } from './usage-error.ts'

export interface UsageSettings {
  readonly organization?: string
  readonly app?: string
  readonly month?: string
  readonly data: string
  readonly databaseUrl?: string
  readonly json?: boolean
  readonly csv?: boolean
}

interface UsageOutput {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

/**
 * `weir usage`: a UTC month of one organization by day, of one app by day and endpoint, or of every organization in a
 * line each. It reads beside a running Weir. Returns the exit status: 1 when what was asked for is not there.
 */
export async function runUsage(
  settings: UsageSettings,
  io: UsageOutput,
  nowMs = Date.now(),
): Promise<number> {
  const { data, databaseUrl } = settings
  const place = databaseUrl === undefined ? { file: join(data, 'weir.db') } : { url: databaseUrl }
  const month = settings.month ?? utcMonth(nowMs)
  try {
    io.out(await readStore(place, db => textOf(db, settings, month, nowMs)))
    return 0
  } catch (error) {
    if ([TypeError, RangeError, ReferenceError].some(bug => error instanceof bug)) throw error
    io.err(`weir usage: ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}

async function textOf(
  db: Kysely<Schema>,
  settings: UsageSettings,
  month: string,
  nowMs: number,
): Promise<string> {
  if (settings.app !== undefined) return appText(db, settings.app, settings, month, nowMs)
  const overviews = await overviewsOf(db)
  if (settings.organization === undefined) {
    const all: Listed = []
    for (const organization of await everyOrganization(db)) {
      const { id, name } = organization
      all.push({ id, name, overview: await overviews.read(organization, month, nowMs) })
    }
    return listText(all, settings)
  }
  const organization = await findOrganization(db, settings.organization)
  if (organization === undefined) throw new UsageError(`there is no organization ${settings.organization}`)
  const overview = await overviews.read(organization, month, nowMs)
  if (settings.csv) return monthUsageCsv(overview.usage)
  if (settings.json) return json({ organization: organization.id, ...overviewJson(overview) })
  return usageTable(organization.name, overview)
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
  id: string,
  settings: UsageSettings,
  month: string,
  nowMs: number,
): Promise<string> {
  const app = await findApp(db, id)
  if (app === undefined) throw new UsageError(`there is no app ${id}`)
  const { startMs: fromMs, endMs } = monthSpan(month)
  const toMs = Math.max(fromMs, Math.min(endMs, Math.ceil(nowMs / USAGE_STEPS.day) * USAGE_STEPS.day))
  const question = { appId: id, fromMs, toMs, step: 'day', by: 'endpoint' } as const
  const answer = await requestUsage(db, question)
  if (answer.count > MOST_ROWS) {
    throw new UsageError(
      `${grouped(answer.count)} rows are more than ${grouped(MOST_ROWS)}: ask the API by platform`,
    )
  }
  if (settings.csv) return requestUsageCsv(answer, USAGE_STEPS.day, 'endpoint')
  if (settings.json) return json(requestUsageJson(question, answer))
  return requestTable(`${app.name}, ${month}`, answer)
}

async function everyOrganization(db: Kysely<Schema>) {
  return listOrganizations(db, { limit: Number.MAX_SAFE_INTEGER, after: undefined })
}

type Listed = { readonly id: string; readonly name: string; readonly overview: UsageOverview }[]

function listText(all: Listed, settings: UsageSettings): string {
  if (settings.json) {
    return json({
      items: all.map(({ id, name, overview }) => ({ organization: id, name, ...overviewJson(overview) })),
    })
  }
  const rows = all.map(({ id, overview: { usage } }) => [
    id,
    usage.mau,
    usage.connections,
    usage.peak.atMs === undefined ? '' : isoInstant(usage.peak.atMs),
    Object.values(usage.requests).reduce((sum, count) => sum + count, 0),
  ])
  const separator = settings.csv ? ',' : '  '
  const end = settings.csv ? '\r\n' : '\n'
  const head = ['organization', 'mau', 'peakConnections', 'peakAt', 'requests']
  return [head, ...rows].map(row => `${row.join(separator)}${end}`).join('')
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
