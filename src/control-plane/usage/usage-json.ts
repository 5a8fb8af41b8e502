import type { Peak } from '../../core/metering/peak-meter.ts'
import type { Forecast } from '../../core/metering/forecast.ts'
import type { LatencyQuantile } from '../../core/metering/latency-histogram.ts'
import { isoInstant } from '../../core/time/instant.ts'
import type { Span } from '../../core/time/span.ts'
import type { MonthForecast } from './month-forecast.ts'
import type { RequestQuestion, RequestUsage } from './request-usage.ts'
import type { UsageOverview } from './usage-overview.ts'

/** Usage as the API and `weir usage --json` show it. */

export function overviewJson({ usage, forecast }: UsageOverview) {
  const outcomes = { ...usage.requests }
  return {
    month: usage.month,
    mau: usage.mau,
    mauByApp: Object.fromEntries(usage.mauByApp),
    peakConnections: peakJson(usage.peak),
    requests: Object.values(outcomes).reduce((sum, count) => sum + count, 0),
    outcomes,
    forecast: forecast === undefined ? null : forecastJson(forecast),
    days: usage.days.map(({ date, newUsers, mau, peak }) => ({
      date,
      newUsers,
      mau,
      peakConnections: peakJson(peak),
    })),
    unmeasured: usage.unmeasured.map(spanJson),
  }
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

function peakJson({ peak, atMs, byApp, byPlatform, reconnectOverlap }: Peak) {
  return {
    peak,
    at: atMs === undefined ? null : isoInstant(atMs),
    byApp: Object.fromEntries(byApp),
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
