import type { MinuteSpan, Target } from './contract.ts'

/** Minutes from midnight of a checked `HH:MM`. */
export function minuteOfDay(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))
}

/** A checked `HH:MM-HH:MM`. */
export function minuteSpan(span: string): MinuteSpan {
  return { fromMinute: minuteOfDay(span.slice(0, 5)), toMinute: minuteOfDay(span.slice(6)) }
}

/** A checked `15m`, `4h` or `1 business day`. */
export function targetOf(text: string): Target {
  const amount = Number.parseInt(text, 10)
  if (text.endsWith('m')) return { minutes: amount }
  return text.endsWith('h') ? { minutes: amount * 60 } : { businessDays: amount }
}

/** An IANA name; an offset such as `+01:00` is none, since it knows no summer time. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch (error) {
    // The one way that Intl has to say that it does not know a zone.
    if (error instanceof RangeError) return false
    throw error
  }
}

export function isDate(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}
