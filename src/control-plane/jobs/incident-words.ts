import type { Burn, Calm } from '../../core/availability/burn-rate.ts'
import type { IncidentImpact } from '../../store/incidents.ts'
import { timeText } from '../status/status-words.ts'

/** What Weir itself writes into timelines, which everyone reads. The figures behind it stand in the audit. */

/** `undefined`: the whole platform. */
export function componentWords(component: string | undefined): string {
  return component ?? 'the API'
}

export function burnText(component: string | undefined, { rule, startedMs }: Burn): string {
  const how = rule === 'fast' ? 'have been failing' : 'have failed again and again'
  return `Requests to ${componentWords(component)} ${how} since ${timeText(startedMs)}. Our measurements show it.`
}

export function raisedText(impact: IncidentImpact): string {
  return `The impact is ${impact}, as measured.`
}

export function calmText(component: string | undefined, { endedMs }: Calm): string {
  return `Requests to ${componentWords(component)} work again since ${timeText(endedMs)}.`
}
