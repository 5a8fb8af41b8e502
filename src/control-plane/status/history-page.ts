import { html } from 'hono/html'
import { utcDay } from '../../core/availability/day-history.ts'
import { incidentCard, maintenanceCard } from './event-parts.ts'
import { monthTable } from './month-table.ts'
import { type Part, pageShell } from './page-shell.ts'
import type { StatusFacts, StatusIncident } from './status-facts.ts'
import type { StatusLinks } from './status-links.ts'
import { dayText } from './status-words.ts'

interface HistoryView {
  readonly links: StatusLinks
  readonly isStale: boolean
}

/** Every incident and every window of the days shown, by day. */
export async function historyPage(facts: StatusFacts, { links, isStale }: HistoryView): Promise<string> {
  const { name, asOfMs, incidents, maintenance, components } = facts
  const events = [
    ...incidents.map(each => ({ atMs: each.startedMs, part: incidentCard(each, links) })),
    ...maintenance
      .filter(({ phase }) => phase !== 'planned')
      .map(each => ({ atMs: each.startMs, part: maintenanceCard(each) })),
  ].toSorted((a, b) => b.atMs - a.atMs)
  const frame = { name, title: `History · ${name} status`, links, staleSinceMs: isStale ? asOfMs : undefined }
  return pageShell(
    frame,
    html`<h1>History</h1>
      <section aria-labelledby="months">
        <h2 id="months">Uptime by month</h2>
        ${monthTable(components)}
      </section>
      <section aria-labelledby="events">
        <h2 id="events">Incidents and maintenance of the last 90 days</h2>
        ${events.length === 0 ? html`<p>There were none.</p>` : byDay(events)}
      </section>`,
  )
}

function byDay(events: readonly { readonly atMs: number; readonly part: Part }[]): Part[] {
  return [...Map.groupBy(events, ({ atMs }) => utcDay(atMs))].map(
    ([day, own]) =>
      html`<div class="day">
        <p class="soft">${dayText(Date.parse(day))}</p>
        ${own.map(({ part }) => part)}
      </div>`,
  )
}

/** One incident, at an address that stays. */
export async function incidentPage(
  facts: StatusFacts,
  incident: StatusIncident,
  { links, isStale }: HistoryView,
): Promise<string> {
  const { name, asOfMs } = facts
  const title = `${incident.title} · ${name} status`
  const frame = { name, title, links, staleSinceMs: isStale ? asOfMs : undefined }
  return pageShell(
    frame,
    html`<h1>Incident</h1>
      ${incidentCard(incident, links, 'h2')}`,
  )
}
