import { html, raw } from 'hono/html'
import type { IncidentImpact } from '../../store/incidents.ts'
import type { Part } from './page-shell.ts'
import { stateIcon } from './status-icons.ts'
import { componentName, isCounted, type StatusIncident, type StatusMaintenance } from './status-facts.ts'
import type { StatusLinks } from './status-links.ts'
import {
  LATE_TEXT,
  impactWords,
  lengthText,
  phaseWords,
  spanText,
  statusWords,
  timeText,
} from './status-words.ts'

const impactShapes: Readonly<Record<IncidentImpact, 'degraded' | 'outage'>> = {
  minor: 'degraded',
  major: 'outage',
  critical: 'outage',
}

/** An incident with its timeline, newest line first. */
export function incidentCard(incident: StatusIncident, links: StatusLinks, level: 'h2' | 'h3' = 'h3'): Part {
  const { id, title, impact, resolvedMs, startedMs, component, updates } = incident
  const isOpen = resolvedMs === undefined
  return html`<article
    class="card incident ${isOpen ? `open ${impact}` : 'resolved'}"
    aria-labelledby="${id}"
  >
    ${raw(`<${level} id="${id}">`)}<a href="${links.incident(id)}">${title}</a>${raw(`</${level}>`)}
    <p class="meta">
      <span class="tag ${isOpen ? impact : 'operational'}"
        >${stateIcon(isOpen ? impactShapes[impact] : 'operational')} ${impactWords[impact]} impact,
        ${isOpen ? 'goes on' : 'resolved'}</span
      >
      <span>${componentName(component)}</span>
      <span>${whenText(startedMs, resolvedMs)}</span>
    </p>
    <ol class="updates" reversed>
      ${updates.toReversed().map(
        ({ atMs, status, text, of }) =>
          html`<li>
            <strong>${statusWords[status]}</strong>
            <span class="soft">${time(atMs)}${of === undefined ? '' : `, told of “${of}”`}</span>
            <p class="text">${text}</p>
          </li>`,
      )}
    </ol>
  </article>`
}

function whenText(startedMs: number, resolvedMs: number | undefined): Part {
  if (resolvedMs === undefined) return html`since ${time(startedMs)}`
  return html`${spanText(startedMs, resolvedMs)} (${lengthText(resolvedMs - startedMs)})`
}

export function maintenanceCard(window: StatusMaintenance): Part {
  const { id, title, startMs, endMs, cancelledMs, phase } = window
  const endedMs = phase === 'over' ? Math.min(endMs, cancelledMs ?? Infinity) : endMs
  const isAhead = phase === 'planned' || phase === 'under-way'
  return html`<article class="card ${phase}" aria-labelledby="${id}">
    <h3 id="${id}">${title}</h3>
    <p class="meta">
      <span class="tag ${isAhead ? 'maintenance' : phase}"
        >${stateIcon('maintenance')} Maintenance, ${phaseWords[phase].toLowerCase()}</span
      >
      <span>${spanText(startMs, endedMs)} (${lengthText(endedMs - startMs)})</span>
    </p>
    ${isCounted(window) ? html`<p class="text">${LATE_TEXT}</p>` : ''}
  </article>`
}

function time(atMs: number): Part {
  return html`<time datetime="${new Date(atMs).toISOString()}">${timeText(atMs)}</time>`
}
