import type { ComponentState } from '../../core/availability/current-state.ts'
import type { DaysUptime, HistoryDay } from '../../core/availability/day-history.ts'
import { counted } from '../../core/contract/plain-words.ts'
import type { IncidentImpact, IncidentStatus } from '../../store/incidents.ts'
import type { MaintenancePhase } from './status-facts.ts'

/** How the status page says things; times are of UTC, for readers all over the world. */

export const stateWords: Readonly<Record<ComponentState, string>> = {
  operational: 'Operational',
  degraded: 'Degraded',
  outage: 'Outage',
  maintenance: 'Maintenance',
  unknown: 'Unknown',
}

export const headlines: Readonly<Record<ComponentState, string>> = {
  operational: 'All systems operational',
  degraded: 'Some systems are degraded',
  outage: 'There is an outage',
  maintenance: 'Maintenance is under way',
  unknown: 'The state is not known',
}

export const impactWords: Readonly<Record<IncidentImpact, string>> = {
  minor: 'Minor',
  major: 'Major',
  critical: 'Critical',
}

export const statusWords: Readonly<Record<IncidentStatus, string>> = {
  investigating: 'Investigating',
  identified: 'Identified',
  monitoring: 'Monitoring',
  resolved: 'Resolved',
}

export const phaseWords: Readonly<Record<MaintenancePhase, string>> = {
  planned: 'Planned',
  'under-way': 'Under way',
  over: 'Over',
  cancelled: 'Cancelled',
}

/** Of a window that counts, unless it was cancelled before it began. */
export const LATE_TEXT = 'Announced too late to be excluded: it counts against the SLA.'

const day = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
})
const clock = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', hour: '2-digit', minute: '2-digit' })
const clockSeconds = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', timeStyle: 'medium' })
const month = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', month: 'long', year: 'numeric' })

/** `22 Nov 2026` */
export function dayText(atMs: number): string {
  return day.format(atMs)
}

/** `22 Nov 2026, 09:15 UTC` */
export function timeText(atMs: number): string {
  return `${day.format(atMs)}, ${clock.format(atMs)} UTC`
}

/** `22 Nov 2026, 09:15:02 UTC` */
export function exactTimeText(atMs: number): string {
  return `${day.format(atMs)}, ${clockSeconds.format(atMs)} UTC`
}

/** `November 2026`, of `2026-11`. */
export function monthText(text: string): string {
  return month.format(Date.parse(`${text}-01T00:00:00Z`))
}

/** From `startMs` to `endMs`, the day named once if it is the same. */
export function spanText(startMs: number, endMs: number): string {
  if (day.format(startMs) !== day.format(endMs)) return `${timeText(startMs)} to ${timeText(endMs)}`
  return `${day.format(startMs)}, ${clock.format(startMs)} to ${clock.format(endMs)} UTC`
}

/** The two largest units: `2 h 10 min`, `7 min 20 s`; less than a second is `<1 s`. */
export function lengthText(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  if (seconds === 0) return ms > 0 ? '<1 s' : '0 s'
  const units: [string, number][] = [
    ['d', Math.floor(seconds / 86_400)],
    ['h', Math.floor(seconds / 3600) % 24],
    ['min', Math.floor(seconds / 60) % 60],
    ['s', seconds % 60],
  ]
  const first = units.findIndex(([, count]) => count > 0)
  return units
    .slice(first, first + 2)
    .filter(([, count]) => count > 0)
    .map(([unit, count]) => `${count} ${unit}`)
    .join(' ')
}

/** What a day's bar says. */
export function historyDayText({ day: date, kind, downMs, maintenanceMs }: HistoryDay): string {
  const name = dayText(Date.parse(date))
  if (kind === 'none') return `${name}: not measured`
  const parts = [
    downMs > 0 ? `down for ${lengthText(downMs)}` : 'no down time',
    ...(maintenanceMs > 0 ? [`maintenance for ${lengthText(maintenanceMs)}`] : []),
  ]
  return `${name}: ${parts.join(', ')}`
}

/** The picture of the days in a sentence, for those who do not see it. */
export function historyText(name: string, days: readonly HistoryDay[], { uptime }: DaysUptime): string {
  const count = (matches: (day: HistoryDay) => boolean) => days.filter(matches).length
  const down = count(({ downMs }) => downMs > 0)
  const worked = count(({ maintenanceMs }) => maintenanceMs > 0)
  const none = count(({ kind }) => kind === 'none')
  const parts = [
    uptime === undefined ? 'not measured' : `${uptime} % up`,
    down === 0 ? 'no down time' : `down time on ${counted(down, 'day')}`,
    ...(worked > 0 ? [`maintenance on ${counted(worked, 'day')}`] : []),
    ...(none > 0 && uptime !== undefined ? [`${counted(none, 'day')} not measured`] : []),
  ]
  return `${name}, the last ${days.length} days: ${parts.join('; ')}.`
}
