import { html } from 'hono/html'
import type { Part } from './page-shell.ts'
import { componentName, type StatusComponent } from './status-facts.ts'
import { dayText, monthText } from './status-words.ts'

/** Uptime by month and component, newest month first, as it is reckoned: never rounded up. */
export function monthTable(components: readonly StatusComponent[]): Part {
  const platform = components[0]
  const months = platform?.months ?? []
  if (months.length === 0) return html`<p>Nothing was measured yet.</p>`
  return html`<div class="card">
    <div class="scroll" tabindex="0" role="region" aria-label="Uptime by month">
      <table class="${components.length > 2 ? 'stacks' : ''}">
        <thead>
          <tr>
            <th scope="col">Month</th>
            ${components.map(({ group }) => html`<th scope="col" class="number">${componentName(group)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${months.map(
            ({ month, isWhole, from }) =>
              html`<tr>
                <th scope="row">
                  ${monthText(month)}${isWhole ? '' : html` <span class="soft">${partText(from)}</span>`}
                </th>
                ${components.map(each => html`<td class="number" data-label="${componentName(each.group)}">${uptimeIn(each, month)}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </div>`
}

function partText(from: string): string {
  return from.endsWith('-01') ? 'so far' : `from ${dayText(Date.parse(from)).slice(0, -5)}`
}

function uptimeIn({ months }: StatusComponent, month: string): string {
  const own = months.find(each => each.month === month)
  return own?.uptime === undefined ? 'not measured' : `${own.uptime} %`
}
