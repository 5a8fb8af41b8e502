import { counted, grouped, money } from '../core/contract/plain-words.ts'
import type { Forecast } from '../core/metering/forecast.ts'
import type { Peak } from '../core/metering/running-peak.ts'
import { isoInstant } from '../core/time/instant.ts'
import { lengthMs } from '../core/time/span.ts'
import type { RequestUsage } from '../control-plane/usage/request-usage.ts'
import type { UsageOverview } from '../control-plane/usage/usage-overview.ts'

/** Usage as someone at a terminal reads it. */

export function usageTable(name: string, { usage, forecast }: UsageOverview): string {
  const requests = Object.entries(usage.requests)
  const lines = [
    `${name}, ${usage.month}`,
    '',
    `active users        ${grouped(usage.mau)}${forecastWords(forecast?.mau)}`,
    `peak connections    ${grouped(usage.connections)}${forecastWords(forecast?.connections)}`,
    ...peakLines(usage.peak),
    `requests            ${requests.map(([outcome, count]) => `${grouped(count)} ${outcome}`).join(', ') || '0'}`,
    ...billLines(forecast?.bill),
    ...unmeasuredLines(usage),
    '',
    row(['day', 'new users', 'mau', 'peak connections']),
    ...usage.days.map(({ date, newUsers, mau, peak }) =>
      row([date, grouped(newUsers), grouped(mau), grouped(peak.peak)]),
    ),
  ]
  return `${lines.join('\n')}\n`
}

export function requestTable(title: string, usage: RequestUsage): string {
  const lines = usage.rows.map(({ atMs, name, requests, outcomes, latency }) => {
    const p95 = latency?.p95.atMostMs
    const slow = p95 === undefined ? '' : Number.isFinite(p95) ? `<= ${p95} ms` : '> 60000 ms'
    const limited = grouped(outcomes.limited ?? 0)
    return row([
      isoInstant(atMs).slice(0, 10),
      grouped(requests),
      limited,
      grouped(outcomes.failed ?? 0),
      slow,
      name ?? '',
    ])
  })
  const head = row(['day', 'requests', 'limited', 'failed', 'p95', 'endpoint'])
  return `${[title, ...unmeasuredLines(usage), '', head, ...lines].join('\n')}\n`
}

function peakLines({ atMs, byApp, byPlatform, reconnectOverlap }: Peak): string[] {
  if (atMs === undefined) return []
  const parts = (of: ReadonlyMap<string, number>) =>
    [...of].map(([name, count]) => `${grouped(count)} ${name}`).join(', ')
  return [
    `  at                ${isoInstant(atMs)}`,
    `  by app            ${parts(byApp)}`,
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

function row([first = '', ...cells]: readonly string[]): string {
  const last = cells.pop() ?? ''
  return `${first.padEnd(12)}${cells.map(cell => cell.padStart(12)).join('')}  ${last}`
}
