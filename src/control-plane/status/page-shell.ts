import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import type { StatusLinks } from './status-links.ts'
import { statusStyle } from './status-style.ts'
import { exactTimeText } from './status-words.ts'

/** A part of a page whose texts are escaped. */
export type Part = ReturnType<typeof html>

export interface PageFrame {
  /** Whose API it is. */
  readonly name: string
  /** Of the page: what a tab shows. */
  readonly title: string
  readonly links: StatusLinks
  /** Set when the page shows what was known then, because the store cannot be read. */
  readonly staleSinceMs?: number | undefined
  /** The address of a module script; only the page that checks evidence has one. */
  readonly script?: string | undefined
}

/** Nothing but its own style: no script, nothing from elsewhere, nothing to frame it. */
export const pagePolicy = policy()

function policy(): string {
  const hash = createHash('sha256').update(statusStyle).digest('base64')
  return `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`
}

/** A whole page that works without a script, and stands alone in one file. */
export async function pageShell(frame: PageFrame, main: Part): Promise<string> {
  const { name, title, links, staleSinceMs, script } = frame
  const page = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link
          rel="alternate"
          type="application/atom+xml"
          title="Incidents and maintenance"
          href="${links.feed}"
        />
        <link rel="alternate" type="application/json" href="${links.json}" />
        ${raw(`<style>${statusStyle}</style>`)}
        ${script === undefined ? '' : html`<script type="module" src="${script}"></script>`}
      </head>
      <body>
        <a class="skip" href="#main">To the status</a>
        <header class="site">
          <a class="name" href="${links.home}">${name} status</a>
          <nav aria-label="Pages">
            <a href="${links.home}">Now</a>
            <a href="${links.history}">History</a>
            <a href="${links.evidence}">Evidence</a>
          </nav>
        </header>
        <main id="main">${staleSinceMs === undefined ? '' : staleNotice(staleSinceMs)} ${main}</main>
        ${footer(links)}
      </body>
    </html>`
  return String(page)
}

function staleNotice(sinceMs: number): Part {
  return html`<p class="notice" role="status">
    <strong>As of ${exactTimeText(sinceMs)}.</strong> Our data store cannot be reached at the moment: this is
    what we knew then.
  </p>`
}

function footer(links: StatusLinks): Part {
  return html`<footer>
    <p>
      Measured from the requests that the API’s gateway carried, and from probes. All times are UTC.
      ${links.isCopy ? 'This is a copy, which is written anew while all is well; its time stands above.' : ''}
    </p>
  </footer>`
}
