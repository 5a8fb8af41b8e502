import { html } from 'hono/html'
import { stateIcon } from './status-icons.ts'
import { barLegend, dayBars, dayTable, hatch } from './day-bars.ts'
import { incidentCard, maintenanceCard } from './event-parts.ts'
import { type Part, pageShell } from './page-shell.ts'
import { componentName, type StatusComponent, type StatusFacts } from './status-facts.ts'
import type { StatusLinks } from './status-links.ts'
import { monthTable } from './month-table.ts'
import { exactTimeText, headlines, stateWords } from './status-words.ts'
import { type SubscribeWays, stayInformed } from './subscribe-part.ts'

export interface PageView {
  readonly links: StatusLinks
  /** The store cannot be read: the page says that it is of then. */
  readonly isStale: boolean
  readonly ways: SubscribeWays
}

const DAY_MS = 86_400_000
/** What is older stands in the history. */
const RECENT_DAYS = 14

/** The page at `/status`: how it is now, how it was, and what comes. */
export async function statusPage(facts: StatusFacts, { links, isStale, ways }: PageView): Promise<string> {
  const { name, state, asOfMs, incidents, maintenance, components } = facts
  const open = incidents.filter(({ resolvedMs }) => resolvedMs === undefined)
  const ahead = maintenance.filter(({ phase }) => phase === 'planned' || phase === 'under-way')
  const frame = {
    name,
    title: `${headlines[state]} · ${name} status`,
    links,
    staleSinceMs: isStale ? asOfMs : undefined,
  }
  return pageShell(
    frame,
    html`${hatch}
      <section class="banner ${state}" aria-label="Now">
        ${stateIcon(state)}
        <div>
          <h1>${headlines[state]}</h1>
          <p class="soft">
            As of <time datetime="${new Date(asOfMs).toISOString()}">${exactTimeText(asOfMs)}</time>
          </p>
        </div>
      </section>
      ${
        open.length === 0
          ? ''
          : html`<section aria-labelledby="open">
              <h2 id="open">What is going on</h2>
              ${open.map(each => incidentCard(each, links))}
            </section>`
      }
      ${
        ahead.length === 0
          ? ''
          : html`<section aria-labelledby="maintenance">
              <h2 id="maintenance">Maintenance</h2>
              ${ahead.map(maintenanceCard)}
            </section>`
      }
      <section aria-labelledby="components">
        <h2 id="components">Components, the last ${components[0]?.days.length ?? 0} days</h2>
        <ul class="components">
          ${components.map(component)}
        </ul>
        ${barLegend()}
      </section>
      <section aria-labelledby="months">
        <h2 id="months">Uptime by month</h2>
        ${monthTable(components)}
      </section>
      ${recent(facts, links)} ${stayInformed(links, ways)}`,
  )
}

function component(each: StatusComponent): Part {
  const { group, state, days, uptime } = each
  return html`<li>
    <div class="row">
      <h3>${componentName(group)}</h3>
      <span class="tag ${state}">${stateIcon(state)} ${stateWords[state]}</span>
    </div>
    ${dayBars(each)}
    <p class="scale">
      <span>${days.length - 1} days ago</span>
      <span class="figure"
        >${uptime.uptime === undefined ? 'not measured yet' : `${uptime.uptime} % uptime`}</span
      >
      <span>Today</span>
    </p>
    ${dayTable(each)}
  </li>`
}

function recent({ incidents, asOfMs }: StatusFacts, links: StatusLinks): Part {
  const over = incidents.filter(
    ({ resolvedMs }) => resolvedMs !== undefined && resolvedMs > asOfMs - RECENT_DAYS * DAY_MS,
  )
  return html`<section aria-labelledby="recent">
    <h2 id="recent">The last ${RECENT_DAYS} days</h2>
    ${
      over.length === 0
        ? html`<p>No incident ended in the last ${RECENT_DAYS} days.</p>`
        : over.map(each => incidentCard(each, links))
    }
    <p><a href="${links.history}">All of the last 90 days</a></p>
  </section>`
}
