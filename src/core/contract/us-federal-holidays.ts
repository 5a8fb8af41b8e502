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
      const observedYear = observed.getUTCFullYear()
      if (observedYear >= firstYear && observedYear <= lastYear)
        dates.push(observed.toISOString().slice(0, 10))
    }
  }
  return dates.toSorted()
}

const SUNDAY = 0
const MONDAY = 1
const THURSDAY = 4
const SATURDAY = 6

/** Dates are midnights in UTC: contracts are also read where Temporal is not there yet. */
function holidaysOf(year: number): Date[] {
  const on = (month: number, day: number) => new Date(Date.UTC(year, month - 1, day))
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

function nthWeekday(from: Date, weekday: number, n: number): Date {
  return daysAfter(from, ((weekday - from.getUTCDay() + 7) % 7) + 7 * (n - 1))
}

function observedOn(date: Date): Date {
  if (date.getUTCDay() === SATURDAY) return daysAfter(date, -1)
  return date.getUTCDay() === SUNDAY ? daysAfter(date, 1) : date
}

function daysAfter(date: Date, days: number): Date {
  return new Date(date.getTime() + days * 86_400_000)
}
