import type { Report } from './check-limits.ts'
import { HOLIDAY_SETS, holidaySet } from './holiday-sets.ts'
import { isDate, isTimeZone, minuteOfDay, minuteSpan } from './local-time.ts'
import { nearestName, suggestion } from './nearest-name.ts'
import { CLOSING_TIME, SPAN, TIME } from './shape-promises.ts'
import { childOf, entriesOf, itemsOf, textOf, type TreeNode } from './yaml-tree.ts'

/** A calendar is open at some time, closes after it opens, and knows its zone and holidays. */
export function checkCalendars(root: TreeNode, report: Report): void {
  for (const [name, { value: calendar, keyStart }] of entriesOf(childOf(root, 'calendars'))) {
    if (calendar.kind !== 'map') continue
    checkTimeZone(childOf(calendar, 'timezone'), report)
    const days = childOf(calendar, 'days')
    if (days?.kind === 'map') checkDaySpans(name, calendar, days, report)
    else if (days?.kind === 'list') checkDayList(name, calendar, keyStart, days, report)
    checkHolidays(childOf(calendar, 'holidays'), report)
  }
}

function checkDayList(
  name: string,
  calendar: TreeNode,
  keyStart: number,
  days: TreeNode,
  report: Report,
): void {
  const seen = new Set<string>()
  for (const day of itemsOf(days)) {
    const text = textOf(day) ?? ''
    if (seen.has(text)) report(day.start, `\`${text}\` stands here twice`)
    seen.add(text)
  }
  for (const key of ['open', 'close']) {
    if (childOf(calendar, key) === undefined)
      report(keyStart, `\`calendars.${name}.${key}\` is missing; a list of days needs \`open\` and \`close\``)
  }
  const close = childOf(calendar, 'close')
  const from = textOf(childOf(calendar, 'open'))
  const to = textOf(close)
  if (
    close === undefined ||
    from === undefined ||
    to === undefined ||
    !TIME.test(from) ||
    !CLOSING_TIME.test(to)
  )
    return
  if (minuteOfDay(to) <= minuteOfDay(from))
    report(close.start, `\`close\` must be after \`open\`, but ${to} is not after ${from}`)
}

function checkDaySpans(name: string, calendar: TreeNode, days: TreeNode, report: Report): void {
  for (const key of ['open', 'close']) {
    const node = childOf(calendar, key)
    if (node !== undefined)
      report(node.start, `\`${key}\` goes with a list of days; here every day has its own spans, remove it`)
  }
  const spans = entriesOf(days).flatMap(([, day]) => itemsOf(day.value))
  if (spans.length === 0)
    report(days.start, `\`calendars.${name}\` is never open; give at least one day a span`)
  for (const [, day] of entriesOf(days)) checkSpans(itemsOf(day.value), report)
}

function checkSpans(nodes: readonly TreeNode[], report: Report): void {
  const taken: { text: string; fromMinute: number; toMinute: number }[] = []
  for (const node of nodes) {
    const text = textOf(node)
    if (text === undefined || !SPAN.test(text)) continue
    const span = minuteSpan(text)
    if (span.toMinute <= span.fromMinute) report(node.start, `the span \`${text}\` must end after it begins`)
    const other = taken.find(
      ({ fromMinute, toMinute }) => span.fromMinute < toMinute && fromMinute < span.toMinute,
    )
    if (other !== undefined) report(node.start, `the span \`${text}\` overlaps \`${other.text}\``)
    // A day has room for 1440 that do not overlap, so the search stays short however many there are.
    else if (span.toMinute > span.fromMinute) taken.push({ text, ...span })
  }
}

function checkHolidays(node: TreeNode | undefined, report: Report): void {
  const name = textOf(node)
  if (node !== undefined && name !== undefined && holidaySet(name) === undefined) {
    report(node.start, () => `there is no holiday set \`${name}\`${suggestion(name, HOLIDAY_SETS)}`)
  }
  const seen = new Set<string>()
  for (const item of itemsOf(node)) {
    const date = textOf(item)
    if (date === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(date)) continue
    if (!isDate(date)) report(item.start, `there is no day ${date}`)
    if (seen.has(date)) report(item.start, `${date} stands here twice`)
    seen.add(date)
  }
}

export function checkTimeZone(node: TreeNode | undefined, report: Report): void {
  const zone = textOf(node)
  if (node === undefined || zone === undefined || isTimeZone(zone)) return
  report(node.start, () => {
    const near = nearestName(zone, Intl.supportedValuesOf('timeZone'))
    const hint =
      near === undefined
        ? 'expected an IANA name such as `Europe/Berlin` or `UTC`'
        : `did you mean \`${near}\`?`
    return `there is no time zone \`${zone}\`; ${hint}`
  })
}
