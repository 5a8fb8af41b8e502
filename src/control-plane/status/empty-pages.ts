import { html } from 'hono/html'
import { pageShell } from './page-shell.ts'
import { stateIcon } from './status-icons.ts'
import type { StatusLinks } from './status-links.ts'

/** Before anything was read. */
export async function emptyPage(links: StatusLinks): Promise<string> {
  const main = html`<section class="banner unknown" aria-label="Now">
    ${stateIcon('unknown')}
    <div>
      <h1>The state is not known yet</h1>
      <p class="soft">Our data store has not answered yet. Please try again in a moment.</p>
    </div>
  </section>`
  return pageShell({ name: 'API', title: 'API status', links }, main)
}

export async function noSuchIncidentPage(name: string, links: StatusLinks): Promise<string> {
  const main = html`<h1>There is no such incident</h1>
    <p>It may be older than 90 days. <a href="${links.history}">The history</a> has those of the last 90.</p>`
  return pageShell({ name, title: `No such incident · ${name} status`, links }, main)
}

export async function noSuchPage(name: string, links: StatusLinks): Promise<string> {
  const main = html`<h1>There is no such page</h1>
    <p>
      How all is now stands on <a href="${links.home}">the status page</a>, how it was in
      <a href="${links.history}">the history</a>.
    </p>`
  return pageShell({ name, title: `No such page · ${name} status`, links }, main)
}
