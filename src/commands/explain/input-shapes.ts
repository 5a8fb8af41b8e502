import * as z from 'zod'
import { isTimeZone } from '../../core/contract/local-time.ts'
import { currencyOf } from '../../core/contract/currency.ts'
import { pattern } from '../../core/contract/shape-leaves.ts'
import { isMonth } from '../../core/time/month.ts'

/** The smallest parts of the inputs. As in a contract, each `error` is the phrase that follows "expected". */

/** Forty digits are more than any currency ever needed; a longer text is no amount. */
export function inputAmount() {
  return pattern(/^\d{1,40}(\.\d{1,12})?$/, 'an amount in quotes, not negative, such as `"99.00"`')
}

export function month() {
  const error = 'a month such as `"2026-04"`'
  return z.string({ error }).refine(isMonth, { error })
}

export function timezone() {
  const error = 'an IANA time zone, such as `Europe/Berlin`'
  return z.string({ error }).refine(isKnownZone, { error })
}

/** To ask about a zone takes longer than all else about a line, and most lines name the same few. */
const knownZones = new Set<string>()

export function isKnownZone(name: string): boolean {
  if (knownZones.has(name)) return true
  if (!isTimeZone(name)) return false
  knownZones.add(name)
  return true
}

/** The decimals of the minor unit of the currency that the input names; two when it names none. */
export function currencyDigits() {
  const error = 'an ISO 4217 code, such as `USD`'
  return z
    .string({ error })
    .refine(code => currencyOf(code) !== undefined, { error })
    .optional()
    .transform(code => (code === undefined ? 2 : (currencyOf(code)?.minorDigits ?? 2)))
}

const INSTANT =
  /^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,3}0*)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/

/** RFC 3339 with an offset, to the millisecond; read as Unix milliseconds. */
export function instant() {
  const error = 'an instant with its offset, such as `"2026-04-01T00:00:00Z"`'
  return z
    .string({ error })
    .refine(text => INSTANT.test(text) && isOnCalendar(text), { error, abort: true })
    .transform(text => Date.parse(text))
}

/** Date.parse takes the 30th of February for the 1st or 2nd of March. */
function isOnCalendar(text: string): boolean {
  const day = text.slice(0, 10)
  const date = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
}

/** `[start, end)`; an end before its start is a slip. */
export function endsAfterStart<T extends { start: number; end: number }>(
  span: T,
  context: z.RefinementCtx<T>,
): void {
  if (span.end >= span.start) return
  context.addIssue({ code: 'custom', path: ['end'], message: 'an instant that is not before `start`' })
}
