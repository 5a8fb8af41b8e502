/**
 * The holidays of the United States' federal government as observed (5 U.S.C. 6103): one on a Saturday is
 * observed on the Friday before, one on a Sunday on the Monday after. Ascending `YYYY-MM-DD`.
 */
export function usFederalHolidays(firstYear: number, lastYear: number): string[] {
  const dates: string[] = []
  // The year after, since its New Year's Day can be observed on the last day of this one.
  for (let year = firstYear; year <= lastYear + 1; year += 1) {
    for (const date of holidaysOf(year)) {
      const observed = observedOn(date)
      if (observed.year >= firstYear && observed.year <= lastYear) dates.push(observed.toString())
    }
  }
  return dates.toSorted()
}

const MONDAY = 1
const THURSDAY = 4

function holidaysOf(year: number): Temporal.PlainDate[] {
  const on = (month: number, day: number) => Temporal.PlainDate.from({ year, month, day })
  return [
    on(1, 1),
    nthWeekday(on(1, 1), MONDAY, 3),
    nthWeekday(on(2, 1), MONDAY, 3),
    // The last Monday of May is the first one from the 25th on.
    nthWeekday(on(5, 25), MONDAY, 1),
    on(6, 19),
    on(7, 4),
    nthWeekday(on(9, 1), MONDAY, 1),
    nthWeekday(on(10, 1), MONDAY, 2),
    on(11, 11),
    nthWeekday(on(11, 1), THURSDAY, 4),
    on(12, 25),
  ]
}

function nthWeekday(from: Temporal.PlainDate, weekday: number, n: number): Temporal.PlainDate {
  return from.add({ days: ((weekday - from.dayOfWeek + 7) % 7) + 7 * (n - 1) })
}

function observedOn(date: Temporal.PlainDate): Temporal.PlainDate {
  if (date.dayOfWeek === 6) return date.subtract({ days: 1 })
  return date.dayOfWeek === 7 ? date.add({ days: 1 }) : date
}
