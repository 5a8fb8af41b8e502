import type { Calendar, Contract } from '../contract.ts'
import { hoursWords } from '../describe-support.ts'
import { type Span, intersection, lengthMs } from '../../time/span.ts'
import type { Audience, Change, Effect } from './change.ts'

/** What a calendar that both have says differently, for the customers of the support plans that work by it. */
export function calendarChanges(before: Contract, after: Contract): Change[] {
  return Object.entries(after.calendars).flatMap(([name, now]) => {
    const old = before.calendars[name]
    if (old === undefined) return []
    const who = userOf(name, before, after)
    const change = (what: string, was: string | null, is: string | null, effect: Effect): Change => ({
      who,
      what: `Calendar ${name}, ${what}`,
      before: was,
      after: is,
      effect,
      holds: 'from the next month',
    })
    if (old.always && now.always) return []
    if (old.always || now.always) {
      return [change('support works', wordsOf(old), wordsOf(now), now.always ? 'better' : 'worse')]
    }
    const [was, is] = [hoursWords(old.days), hoursWords(now.days)]
    const [dropped, added] = [less(old, now), less(now, old)]
    return [
      ...(old.timezone === now.timezone ? [] : [change('time zone', old.timezone, now.timezone, 'neither')]),
      ...(was === is ? [] : [change('hours', was, is, hoursEffect(old, now))]),
      ...(added.length === 0 ? [] : [change('closed besides on', null, added.join(', '), 'worse')]),
      ...(dropped.length === 0 ? [] : [change('no longer closed on', dropped.join(', '), null, 'better')]),
    ]
  })
}

/** Calendars that only one of them has, told when no support plan tells of them. */
export function calendarNames({ calendars, supportPlans }: Contract, other: Contract): string[] {
  const used = Object.values(supportPlans).map(({ support }) => support.calendar)
  return Object.keys(calendars).filter(name => !Object.hasOwn(other.calendars, name) && !used.includes(name))
}

function userOf(name: string, before: Contract, after: Contract): Audience {
  const names = Object.entries(after.supportPlans)
    .filter(([plan, { support }]) => support.calendar === name && Object.hasOwn(before.supportPlans, plan))
    .map(([plan]) => plan)
  return names.length === 0 ? { kind: 'provider' } : { kind: 'support-plan', names }
}

function wordsOf({ always, days, timezone }: Calendar): string {
  return always ? 'day and night' : `${hoursWords(days)} (${timezone})`
}

function less({ holidays }: Calendar, other: Calendar): string[] {
  return holidays.filter(date => !other.holidays.includes(date))
}

/** More hours are better only when none is lost for them. */
function hoursEffect(old: Calendar, now: Calendar): Effect {
  const [was, is] = [weekOf(old), weekOf(now)]
  const shared = lengthMs(intersection(was, is))
  if (shared === lengthMs(was)) return 'better'
  return shared === lengthMs(is) ? 'worse' : 'neither'
}

const DAY_MINUTES = 1440

/** The week's open time, counted in minutes from Monday on. */
function weekOf({ days }: Calendar): Span[] {
  return Object.entries(days).flatMap(([day, spans]) =>
    spans.map(({ fromMinute, toMinute }) => ({
      startMs: Number(day) * DAY_MINUTES + fromMinute,
      endMs: Number(day) * DAY_MINUTES + toMinute,
    })),
  )
}
