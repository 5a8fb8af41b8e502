import { counted, grouped, money, table } from '../core/contract/plain-words.ts'
import type { Forecast } from '../core/metering/forecast.ts'
import type { Peak } from '../core/metering/running-peak.ts'
import { isoInstant } from '../core/time/instant.ts'
import { lengthMs } from '../core/time/span.ts'
import type { RequestUsage } from '../control-plane/usage/request-usage.ts'
import {
  type AppTotals,
  type MonthWithRequests,
  totalRequests,
} from '../control-plane/usage/organization-usage.ts'
import type { NamedOverview, UsageOverview } from '../control-plane/usage/usage-overview.ts'

/** Usage as someone at a terminal reads it. */

/** `by`: the one table that is wanted; all if left out. */
export function usageTable(name: string, { usage, forecast }: UsageOverview, by?: string): string {
  const names = new Map(usage.byApp.map(app => [app.id, app.name]))
  return text([
    ...headLines(name, usage, forecast, names),
    ...billLines(forecast?.bill),
    ...unmeasuredLines(usage),
    ...(by === 'day' ? [] : appLines(usage.byApp)),
    ...(by === 'app' ? [] : dayLines(usage)),
  ])
}

export function appTable(name: string, usage: MonthWithRequests): string {
  return text([...headLines(name, usage), ...unmeasuredLines(usage), ...dayLines(usage)])
}

export function listTable(month: string, all: readonly NamedOverview[]): string {
  const head = ['customer', 'id', 'active users', 'peak connections', 'at', 'requests']
  const rows = all.map(({ id, name, overview: { usage } }) => [
    name,
    id,
    grouped(usage.mau),
    ...peakCells(usage.peak),
    grouped(totalRequests(usage.requests)),
  ])
  return text([month, '', ...table([head, ...rows], 2)])
}

export function requestTable(title: string, usage: RequestUsage): string {
  const head = ['day', 'endpoint', 'requests', 'limited', 'failed', 'p95']
  const rows = usage.rows.map(({ atMs, name, requests, outcomes, latency }) => [
    isoInstant(atMs).slice(0, 10),
    name ?? '',
    grouped(requests),
    grouped(outcomes.limited ?? 0),
    grouped(outcomes.failed ?? 0),
    atMostWords(latency?.p95.atMostMs),
  ])
  return text([title, ...unmeasuredLines(usage), '', ...table([head, ...rows], 2)])
}

function atMostWords(ms: number | undefined): string {
  if (ms === undefined) return ''
  return Number.isFinite(ms) ? `<= ${grouped(ms)} ms` : '> 60,000 ms'
}

function headLines(
  name: string,
  usage: MonthWithRequests,
  forecast?: UsageOverview['forecast'],
  appNames?: ReadonlyMap<string, string>,
): string[] {
  const requests = Object.entries(usage.requests)
  return [
    `${name}, ${usage.month}`,
    '',
    `active users        ${grouped(usage.mau)}${forecastWords(forecast?.mau)}`,
    `peak connections    ${grouped(usage.connections)}${forecastWords(forecast?.connections)}`,
    ...peakLines(usage.peak, appNames),
    `requests            ${requests.map(([outcome, count]) => `${grouped(count)} ${outcome}`).join(', ') || '0'}`,
  ]
}

function appLines(apps: readonly AppTotals[]): string[] {
  if (apps.length === 0) return []
  const head = ['app', 'id', 'active users', 'peak connections', 'at', 'requests']
  const rows = apps.map(({ id, name, mau, peak, requests }) => [
    name,
    id,
    grouped(mau),
    ...peakCells(peak),
    grouped(requests),
  ])
  return ['', ...table([head, ...rows], 2)]
}

function dayLines({ days }: MonthWithRequests): string[] {
  const head = ['day', 'new users', 'mau', 'peak connections']
  const rows = days.map(({ date, newUsers, mau, peak }) => [
    date,
    grouped(newUsers),
    grouped(mau),
    grouped(peak.peak),
  ])
  return ['', ...table([head, ...rows], 1)]
}

function peakCells(peak: Peak | undefined): string[] {
  return peak?.atMs === undefined ? ['0', ''] : [grouped(peak.peak), isoInstant(peak.atMs)]
}

/** `appNames`: undefined for an app's own peak, which has no other app's part. */
function peakLines(
  { atMs, byApp, byPlatform, reconnectOverlap }: Peak,
  appNames: ReadonlyMap<string, string> | undefined,
): string[] {
  if (atMs === undefined) return []
  const parts = (of: ReadonlyMap<string, number>, names?: ReadonlyMap<string, string>) =>
    [...of].map(([name, count]) => `${grouped(count)} ${names?.get(name) ?? name}`).join(', ')
  return [
    `  at                ${isoInstant(atMs)}`,
    ...(appNames === undefined ? [] : [`  by app            ${parts(byApp, appNames)}`]),
    `  by platform       ${parts(byPlatform)}`,
    `  reconnecting      ${grouped(reconnectOverlap)}`,
  ]
}

function forecastWords(forecast: Forecast | undefined): string {
  if (forecast === undefined) return ''
  const { point, low, high } = forecast
  return ` so far; about ${grouped(point)} at the month's end (${grouped(low)} to ${grouped(high)})`
}

function billLines(bill: NonNullable<UsageOverview['forecast']>['bill']): string[] {
  if (bill === undefined) return []
  const { point, low, high, currency } = bill
  return [
    `bill, before tax    about ${money(point, currency)} (${money(low, currency)} to ${money(high, currency)})`,
  ]
}

function unmeasuredLines({ unmeasured }: Pick<RequestUsage, 'unmeasured'>): string[] {
  if (unmeasured.length === 0) return []
  const seconds = counted(Math.ceil(lengthMs(unmeasured) / 1000), 'second')
  return [`not measured        ${seconds}: records of that time are lost`]
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}
