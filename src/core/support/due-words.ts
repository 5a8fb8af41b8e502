import { counted, grouped, minutes } from '../contract/plain-words.ts'
import { MINUTE_MS, type OpenSpan, weekdayOfDate } from '../time/open-hours.ts'
import { type Due, startDate, type SupportClock } from './due.ts'
import { clockChangesBetween, localClock, localClosing, localDates, localTime } from './local-words.ts'

/**
 * Why a due time is what it is, step by step, in the calendar's local time: each span that was counted, what was
 * skipped between them and why, and every change of the clock on the way.
 */
export function dueBecause(clock: SupportClock, due: Due): string[] {
  if (due.kind === 'unpromised') return ['This severity has no promise, so there is no due time.']
  const { timezone } = clock.calendar
  return [
    openedWords(clock),
    targetWords(clock, due),
    ...(clock.calendar.always ? alwaysOpen(due.spans, timezone) : spanWords(clock, due)),
    due.kind === 'due'
      ? `Due ${localTime(due.dueMs, timezone)} (${timezone}), which is ${instant(due.dueMs)}.`
      : `The clock stands still while the customer is asked, with ${minutes(due.minutesLeft)} left.`,
  ]
}

function openedWords({ calendar: { timezone }, openedMs }: SupportClock): string {
  const rounded = openedMs % MINUTE_MS === 0 ? '' : ', rounded down to its minute'
  const openedMinuteMs = Math.floor(openedMs / MINUTE_MS) * MINUTE_MS
  return `Opened ${localTime(openedMinuteMs, timezone)} (${timezone})${rounded}.`
}

function targetWords({ target, calendar, openedMs }: SupportClock, { targetMinutes }: Counted): string {
  if (target === undefined || 'minutes' in target) return `The target is ${openTime(targetMinutes)}.`
  const days = counted(target.businessDays, 'business day')
  const day = shownDate(startDate(calendar, openedMs) ?? '')
  return `The target is ${days}, ${target.businessDays === 1 ? '' : 'each '}as long as ${day} is open: ${openTime(targetMinutes)}.`
}

type Counted = Exclude<Due, { readonly kind: 'unpromised' }>

function openTime(value: number): string {
  return value % 60 === 0 && value !== 0
    ? `${minutes(value)} (${counted(value, 'minute')}) of open time`
    : `${counted(value, 'minute')} of open time`
}

function alwaysOpen(spans: readonly OpenSpan[], timezone: string): string[] {
  return spans
    .reduce<{ fromMs: number; toMs: number }[]>((merged, { fromMs, toMs }) => {
      const last = merged.at(-1)
      if (last?.toMs === fromMs) last.toMs = toMs
      else merged.push({ fromMs, toMs })
      return merged
    }, [])
    .map(
      ({ fromMs, toMs }) =>
        `Always open: ${localTime(fromMs, timezone)} to ${localTime(toMs, timezone)}, ${counted((toMs - fromMs) / MINUTE_MS, 'minute')}.`,
    )
}

/** More than anyone reads; what lies between the first and the last ones is added up. */
const SHOWN_FIRST = 30
const SHOWN_LAST = 5

function spanWords(clock: SupportClock, { spans, targetMinutes }: Counted): string[] {
  const { timezone } = clock.calendar
  const lines: string[] = []
  let atMs = Math.floor(clock.openedMs / MINUTE_MS) * MINUTE_MS
  let left = targetMinutes
  let hidden = 0
  for (const [index, { fromMs, toMs, date }] of spans.entries()) {
    left -= (toMs - fromMs) / MINUTE_MS
    if (index >= SHOWN_FIRST && index < spans.length - SHOWN_LAST) hidden += 1
    else {
      if (hidden > 0 && index === spans.length - SHOWN_LAST)
        lines.push(hiddenWords(hidden, left, fromMs, toMs))
      else lines.push(...skippedWords(clock, atMs, fromMs))
      lines.push(
        `${shownDate(date)}, ${localClock(fromMs, timezone)} to ${localClosing(toMs, timezone)}: ${counted((toMs - fromMs) / MINUTE_MS, 'minute')}, ${grouped(left)} left.`,
      )
    }
    atMs = toMs
  }
  return lines
}

function hiddenWords(count: number, left: number, fromMs: number, toMs: number): string {
  return `${counted(count, 'more span')} like these, after which ${grouped(left + (toMs - fromMs) / MINUTE_MS)} minutes are left.`
}

/** What lies between two spans, with its reasons; nothing when they touch. */
function skippedWords(clock: SupportClock, fromMs: number, toMs: number): string[] {
  const { timezone } = clock.calendar
  const changes = clockChangesBetween(fromMs, toMs, timezone)
  if (fromMs === toMs) return changes
  const waited =
    clock.waitingForCustomer === 'pause' && clock.waits.some(wait => overlaps(wait, fromMs, toMs))
  const reasons = [...closedDates(clock, fromMs, toMs), ...(waited ? ['waiting for the customer'] : [])]
  const why = reasons.length === 0 ? 'outside the opening hours' : reasons.join('; ')
  return [...changes, `Skipped ${localTime(fromMs, timezone)} to ${localTime(toMs, timezone)}: ${why}.`]
}

function overlaps(wait: SupportClock['waits'][number], fromMs: number, toMs: number): boolean {
  return wait.fromMs < toMs && fromMs < (wait.toMs ?? Infinity)
}

/** Neighbouring dates that are closed for the same reason are said together. */
function closedDates({ calendar }: SupportClock, fromMs: number, toMs: number): string[] {
  const holidays = new Set(calendar.holidays)
  const runs: { first: string; last: string; why: string }[] = []
  for (const date of localDates(fromMs, toMs, calendar.timezone)) {
    const noHours = (calendar.days[weekdayOfDate(date)] ?? []).length === 0
    const why = holidays.has(date) ? 'holiday' : noHours ? 'no opening hours' : ''
    const run = runs.at(-1)
    if (run?.why === why) run.last = date
    else runs.push({ first: date, last: date, why })
  }
  return runs
    .filter(({ why }) => why !== '')
    .map(({ first, last, why }) =>
      first === last ? `${shownDate(first)} (${why})` : `${shownDate(first)} to ${shownDate(last)} (${why})`,
    )
}

const WEEKDAYS = ['', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

function shownDate(date: string): string {
  return `${WEEKDAYS[weekdayOfDate(date)] ?? ''} ${date}`
}

function instant(atMs: number): string {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toString()
}
