import { usFederalHolidays } from './us-federal-holidays.ts'

/** Sets of holidays that a calendar can name; written out when the contract is loaded, so they never shift later. */
const sets: Readonly<Record<string, () => readonly string[]>> = {
  'us-federal': () => usFederalHolidays(2024, 2036),
}

export const HOLIDAY_SETS = Object.keys(sets)

export function holidaySet(name: string): readonly string[] | undefined {
  return Object.hasOwn(sets, name) ? sets[name]?.() : undefined
}
