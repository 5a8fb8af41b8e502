import type { Forecast } from '../../core/metering/forecast.ts'
import type { LatencyQuantile } from '../../core/metering/latency-histogram.ts'
import type { Peak } from '../../core/metering/running-peak.ts'
import { isoInstant } from '../../core/time/instant.ts'
import type { Span } from '../../core/time/span.ts'
import type { MonthForecast } from './month-forecast.ts'
import { type AppTotals, type MonthWithRequests, totalRequests } from './organization-usage.ts'
import type { RequestQuestion, RequestUsage } from './request-usage.ts'
import type { UsageOverview } from './usage-overview.ts'

/** Usage as the API and `weir usage --json` show it. */

export function overviewJson({ usage, forecast }: UsageOverview) {
  const { days, ...month } = monthJson(usage, peakJson)
  return {
    ...month,
    forecast: forecast === undefined ? null : forecastJson(forecast),
    apps: usage.byApp.map(appTotalsJson),
    days,
    unmeasured: usage.unmeasured.map(spanJson),
  }
}

/** An app's own peaks are of that app alone, so they are not split by it. */
export function appMonthJson(app: string, usage: MonthWithRequests) {
  return { app, ...monthJson(usage, ownPeakJson), unmeasured: usage.unmeasured.map(spanJson) }
}

function monthJson<PeakShown>(usage: MonthWithRequests, shown: (peak: Peak) => PeakShown) {
  const outcomes = { ...usage.requests }
  return {
    month: usage.month,
    mau: usage.mau,
    peakConnections: shown(usage.peak),
    requests: totalRequests(outcomes),
    outcomes,
    days: usage.days.map(({ date, newUsers, mau, peak }) => ({
      date,
      newUsers,
      mau,
      peakConnections: shown(peak),
    })),
  }
}

function appTotalsJson({ id, name, mau, peak, requests }: AppTotals) {
  const none = { peak: 0, at: null, byPlatform: {}, reconnectOverlap: 0 }
  return { app: id, name, mau, peakConnections: peak === undefined ? none : ownPeakJson(peak), requests }
}

export function requestUsageJson(question: RequestQuestion, { rows, unmeasured }: RequestUsage) {
  return {
    app: question.appId,
    from: isoInstant(question.fromMs),
    to: isoInstant(question.toMs),
    step: question.step,
    by: question.by ?? null,
    items: rows.map(({ atMs, name, requests, outcomes, latency }) => ({
      at: isoInstant(atMs),
      name: name ?? null,
      requests,
      outcomes: { ...outcomes },
      latency: latency
        ? { p50: quantileJson(latency.p50), p95: quantileJson(latency.p95), p99: quantileJson(latency.p99) }
        : null,
    })),
    unmeasured: unmeasured.map(spanJson),
  }
}

function peakJson(peak: Peak) {
  return { ...ownPeakJson(peak), byApp: Object.fromEntries(peak.byApp) }
}

function ownPeakJson({ peak, atMs, byPlatform, reconnectOverlap }: Peak) {
  return {
    peak,
    at: atMs === undefined ? null : isoInstant(atMs),
    byPlatform: Object.fromEntries(byPlatform),
    reconnectOverlap,
  }
}

function forecastJson({ mau, connections, bill }: MonthForecast) {
  const shown = (forecast: Forecast | undefined) => forecast ?? null
  return { mau: shown(mau), connections: shown(connections), bill: bill ?? null }
}

/** `atMostMs` is null past the last bound. */
function quantileJson({ moreThanMs, atMostMs }: LatencyQuantile) {
  return { moreThanMs, atMostMs: Number.isFinite(atMostMs) ? atMostMs : null }
}

function spanJson({ startMs, endMs }: Span) {
  return { from: isoInstant(startMs), to: isoInstant(endMs) }
}
