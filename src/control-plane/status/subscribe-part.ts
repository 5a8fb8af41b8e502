import { html } from 'hono/html'
import { type Part, pageShell } from './page-shell.ts'
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

/** The forms on a page of their own: where a copy leads to, and where an address that was passed on does. */
export async function subscribePage(name: string, links: StatusLinks, ways: SubscribeWays): Promise<string> {
  const { subscribe } = links
  const anyWay = subscribe !== undefined && (ways.email || ways.webhook)
  return pageShell(
    { name, title: `Subscribe · ${name} status`, links },
    html`<h1>Subscribe</h1>
      ${
        anyWay
          ? html`<p class="plain">
                You are told of every incident that opens, has news or is over, and of maintenance. Nothing is
                sent before you have confirmed the address.
              </p>
              <div class="card">${forms(subscribe, ways)}</div>`
          : html`<p class="plain">
              Here nobody is told by e-mail or webhook. <a href="${links.feed}">The Atom feed</a> has the same
              news.
            </p>`
      }
      <p><a href="${links.home}">To the status page</a></p>`,
  )
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
