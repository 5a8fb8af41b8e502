/** The starts of a UTC month's days and the start of the next month, in Unix milliseconds; `month` is `YYYY-MM`. */
export function monthDayStarts(month: string): number[] {
  const first = Temporal.PlainYearMonth.from(month).toPlainDate({ day: 1 })
  return Array.from(
    { length: first.daysInMonth + 1 },
    (_, day) => first.add({ days: day }).toZonedDateTime('UTC').epochMilliseconds,
  )
}
