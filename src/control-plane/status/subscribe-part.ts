import { html } from 'hono/html'
import type { Part } from './page-shell.ts'
import type { StatusLinks } from './status-links.ts'

/** By which ways somebody can ask to be told. */
export interface SubscribeWays {
  readonly email: boolean
  readonly webhook: boolean
}

export const noWays: SubscribeWays = { email: false, webhook: false }

/** How to hear of it without looking: the feed always, forms where the running Weir can send. */
export function stayInformed(links: StatusLinks, ways: SubscribeWays): Part {
  const { subscribe } = links
  const anyWay = ways.email || ways.webhook
  return html`<section id="stay-informed" aria-labelledby="informed">
    <h2 id="informed">Stay informed</h2>
    <div class="card">
      <ul class="ways">
        <li><a href="${links.feed}">Atom feed</a></li>
        <li><a href="${links.json}">JSON</a></li>
        <li><a href="${links.badge}">Badge</a></li>
        ${
          links.isCopy && subscribe !== undefined && anyWay
            ? html`<li><a href="${subscribe}">By e-mail or webhook</a></li>`
            : ''
        }
      </ul>
      ${links.isCopy || subscribe === undefined ? '' : forms(subscribe, ways)}
    </div>
  </section>`
}

function forms(subscribe: string, ways: SubscribeWays): Part {
  return html`${
    ways.email
      ? html`<form method="post" action="${subscribe}">
          <input type="hidden" name="channel" value="email" />
          <div class="field">
            <label for="email">E-mail address</label>
            <input id="email" name="address" type="email" autocomplete="email" required maxlength="254" />
          </div>
          <button>Subscribe by e-mail</button>
        </form>`
      : ''
  }
  ${
    ways.webhook
      ? html`<form method="post" action="${subscribe}">
          <input type="hidden" name="channel" value="webhook" />
          <div class="field">
            <label for="webhook">Webhook address</label>
            <input
              id="webhook"
              name="address"
              type="url"
              placeholder="https://example.com/hooks/status"
              required
              maxlength="2048"
            />
          </div>
          <button>Subscribe by webhook</button>
        </form>`
      : ''
  }`
}
