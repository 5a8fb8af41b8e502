import type { LatencyQuantile } from '../../core/metering/latency-histogram.ts'
import type { Peak } from '../../core/metering/running-peak.ts'
import { isoInstant } from '../../core/time/instant.ts'
import type { Outcome } from '../../store/outcome.ts'
import type { MonthUsage } from './month-usage.ts'
import { type AppTotals, totalRequests } from './organization-usage.ts'
import type { NamedOverview } from './usage-overview.ts'
import { QUANTILES, type QuantileName, type RequestUsage, type UsageKey } from './request-usage.ts'

/** Usage as RFC 4180 has tables: a head, CRLF, quotes where a cell needs them. */

const OUTCOMES: readonly Outcome[] = [
  'served',
  'failed',
  'client-error',
  'aborted',
  'limited',
  'refused',
  'unmatched',
]
const NAMES = Object.keys(QUANTILES) as QuantileName[]

/** A row a step and name; `unmeasured` says that a part of the step's requests is missing. */
export function requestUsageCsv(
  { rows, unmeasured }: RequestUsage,
  stepMs: number,
  by: UsageKey | undefined,
): string {
  const quantiles = NAMES.flatMap(name => [`${name}MoreThanMs`, `${name}AtMostMs`])
  const head = ['at', ...(by === undefined ? [] : [by]), 'requests', ...OUTCOMES, ...quantiles, 'unmeasured']
  const lines = rows.map(({ atMs, name, requests, outcomes, latency }) => {
    const isShort = unmeasured.some(({ startMs, endMs }) => startMs < atMs + stepMs && endMs > atMs)
    return [
      isoInstant(atMs),
      ...(by === undefined ? [] : [name ?? '']),
      requests,
      ...OUTCOMES.map(outcome => outcomes[outcome] ?? 0),
      ...NAMES.flatMap(each => bounds(latency?.[each])),
      isShort ? 'yes' : 'no',
    ]
  })
  return table([head, ...lines])
}

/** A row a day that has begun. */
export function monthUsageCsv({ days }: Pick<MonthUsage, 'days'>): string {
  const head = ['date', 'newUsers', 'mau', 'peakConnections', 'peakAt', 'reconnectOverlap']
  const lines = days.map(({ date, newUsers, mau, peak }) => [date, newUsers, mau, ...peakCells(peak)])
  return table([head, ...lines])
}

const TOTALS = ['mau', 'peakConnections', 'peakAt', 'reconnectOverlap', 'requests']

/** A row an app that used anything in the month. */
export function appTotalsCsv(apps: readonly AppTotals[]): string {
  const lines = apps.map(({ id, name, mau, peak, requests }) => [id, name, mau, ...peakCells(peak), requests])
  return table([['app', 'name', ...TOTALS], ...lines])
}

/** A row an organization. */
export function organizationsCsv(all: readonly NamedOverview[]): string {
  const lines = all.map(({ id, name, overview: { usage } }) => [
    id,
    name,
    usage.mau,
    ...peakCells(usage.peak),
    totalRequests(usage.requests),
  ])
  return table([['organization', 'name', ...TOTALS], ...lines])
}

function peakCells(peak: Peak | undefined): (number | string)[] {
  if (peak?.atMs === undefined) return [0, '', 0]
  return [peak.peak, isoInstant(peak.atMs), peak.reconnectOverlap]
}

/** The last bucket has no upper bound: an empty cell. */
function bounds(quantile: LatencyQuantile | undefined): (number | string)[] {
  if (quantile === undefined) return ['', '']
  return [quantile.moreThanMs, Number.isFinite(quantile.atMostMs) ? quantile.atMostMs : '']
}

function table(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map(row => `${row.map(cell).join(',')}\r\n`).join('')
}

/** Names are the contract's; one that a spreadsheet would reckon with is marked as text. */
function cell(value: string | number): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
