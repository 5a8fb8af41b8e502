import { percent } from '../exact/decimal.ts'
import { type Fraction, ONE, divide, fraction, multiply, subtract } from '../exact/fraction.ts'
import { toFlooredDecimal } from '../exact/rounding.ts'
import type { Span } from '../time/span.ts'

/** The share of a month in which the API was up: 1 - down / month. */
export function uptimeOf(downSeconds: Fraction, monthSeconds: number): Fraction {
  return subtract(ONE, divide(downSeconds, fraction(monthSeconds)))
}

/** Of any span; undefined for an empty one, of which there is nothing to say. */
export function uptimeWithin(downMs: number, { startMs, endMs }: Span): Fraction | undefined {
  return endMs > startMs ? uptimeOf(fraction(downMs, 1000), (endMs - startMs) / 1000) : undefined
}

/** As it is shown, in per cent with five decimals, never rounded up: `99.98379`. */
export function uptimeText(uptime: Fraction): string {
  return toFlooredDecimal(multiply(uptime, fraction(100)), 5)
}

/** As it is to be reckoned with, as a fraction of one: `12958/12960`. */
export function exactText({ numerator, denominator }: Fraction): string {
  return `${numerator}/${denominator}`
}

/** How many seconds of a month may be down before uptime is below that percentage. */
export function allowedSeconds(uptimePercent: string, monthSeconds: number): Fraction {
  return multiply(subtract(ONE, percent(uptimePercent)), fraction(monthSeconds))
}
