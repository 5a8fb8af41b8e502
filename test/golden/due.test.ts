import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

import { explainDue } from '../../src/commands/explain/due.ts'

interface Row {
  readonly id: string
  readonly input: unknown
  readonly expect: { readonly dueAt: string }
}

const rows = JSON.parse(readFileSync(new URL('due.json', import.meta.url), 'utf8')) as Row[]

test.each(rows)('$id: the due time is the one worked out by hand', ({ input, expect: wanted }) => {
  const { because, ...answer } = explainDue(input)
  expect(answer).toEqual(wanted)
  expect(because.at(-1)).toContain(wanted.dueAt)
})

const office = { timezone: 'Europe/Berlin', days: ['mon', 'fri'], open: '09:00', close: '18:00' }
const line = { calendar: office, openedAt: '2026-01-05T09:00:00+01:00', target: '4h' }

test('`target` stands for `targetMinutes`, in hours, minutes or business days', () => {
  const { targetMinutes, ...rest } = { ...line, targetMinutes: 240 }
  expect(explainDue(rest).dueAt).toBe('2026-01-05T12:00:00Z')
  expect(explainDue({ ...line, target: undefined, targetMinutes }).dueAt).toBe('2026-01-05T12:00:00Z')
  expect(explainDue({ ...line, target: '1 business day' }).dueAt).toBe('2026-01-05T17:00:00Z')
})

test.each([
  [7, 'expected a JSON object; found a number'],
  [{ ...line, calendar: '24x7' }, '`calendar`: expected `"24/7"`, or an object'],
  [{ ...line, calendar: { ...office, timezone: 'Europe/Berln' } }, 'did you mean `Europe/Berlin`?'],
  [{ ...line, calendar: { ...office, close: '08:00' } }, '`close` must be after `open`'],
  [{ ...line, calendar: { ...office, days: ['mon', 'foo'] } }, '`calendar.days[1]`: expected `mon`'],
  [{ ...line, calendar: { ...office, from: 1 } }, 'unknown key `calendar.from`'],
  [{ ...line, openedAt: '2026-01-05T09:00' }, '`openedAt`: expected an instant with its offset'],
  [{ ...line, openedAt: '+020000-01-05T09:00Z' }, 'not between 1900 and 2200'],
  [{ ...line, target: '4 h' }, '`target`: expected a time such as'],
  [{ ...line, targetMinutes: 4 }, 'keep one of the two'],
  [{ ...line, target: undefined }, '`targetMinutes` is missing'],
  [{ calendar: office, targetMinutes: 0, openedAt: line.openedAt }, 'found 0'],
])('a bad line says where and what was expected: %j', (input, message) => {
  expect(() => explainDue(input)).toThrow(message)
})
