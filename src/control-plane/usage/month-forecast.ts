import type { Currency } from '../../core/contract/contract.ts'
import { totalOf } from '../../core/exact/money.ts'
import { type Forecast, forecastMonth } from '../../core/metering/forecast.ts'
import type { Arrangement } from '../../core/pricing/arrangement.ts'
import { invoiceLines } from '../../core/pricing/invoice-lines.ts'
import { monthSpan } from '../../core/time/month.ts'
import type { MonthUsage } from './month-usage.ts'

/** Where a running month will end. Each is undefined while nothing can be said of it yet. */
export interface MonthForecast {
  readonly mau: Forecast | undefined
  readonly connections: Forecast | undefined
  readonly bill: BillForecast | undefined
}

/** Decimal amounts before tax and credits, without what people add by hand; `low` <= `point` <= `high`. */
export interface BillForecast {
  readonly point: string
  readonly low: string
  readonly high: string
  readonly currency: string
}

/** What was agreed, for the bill. */
export interface Agreed {
  readonly arrangements: readonly Arrangement[]
  readonly currency: Currency
}

/** `earlier` are whole months before; `agreed` is undefined for an organization without a plan. A value. */
export function forecastUsage(
  usage: MonthUsage,
  earlier: readonly MonthUsage[],
  agreed: Agreed | undefined,
  nowMs: number,
): MonthForecast {
  const forecastOf = (series: (month: MonthUsage) => number[]) => {
    const days = series(usage)
    const { endMs } = monthSpan(usage.month)
    const complete = nowMs >= endMs ? days.length : Math.max(0, days.length - 1)
    return forecastMonth({
      daysInMonth: Temporal.PlainYearMonth.from(usage.month).daysInMonth,
      completeDays: days.slice(0, complete),
      current: days.at(-1) ?? 0,
      earlierMonths: earlier.map(series).filter(month => (month.at(-1) ?? 0) > 0),
    })
  }
  const mau = forecastOf(({ days }) => days.map(day => day.mau))
  const connections = forecastOf(({ days }) => running(days.map(({ peak }) => peak.peak)))
  return { mau, connections, bill: agreed && forecastBill(usage.month, agreed, mau, connections) }
}

/** The highest so far, day by day. */
function running(peaks: readonly number[]): number[] {
  let highest = 0
  return peaks.map(peak => (highest = Math.max(highest, peak)))
}

function forecastBill(
  month: string,
  { arrangements, currency }: Agreed,
  mau: Forecast | undefined,
  connections: Forecast | undefined,
): BillForecast | undefined {
  if (mau === undefined || connections === undefined) return undefined
  const total = (end: 'low' | 'point' | 'high') => {
    const usage = { mau: mau[end], connections: connections[end] }
    const lines = invoiceLines({ month, currency, arrangements, usage })
    return totalOf(
      lines.map(({ amount }) => amount),
      currency.minorDigits,
    )
  }
  return { point: total('point'), low: total('low'), high: total('high'), currency: currency.code }
}
