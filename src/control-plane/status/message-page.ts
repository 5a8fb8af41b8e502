import { html } from 'hono/html'
import { type Part, pageShell } from './page-shell.ts'
import type { StatusLinks } from './status-links.ts'

export interface Message {
  readonly title: string
  readonly text: string
  /** A button that sends a token: opening a link alone must change nothing, since mail scanners open links. */
  readonly button?: { readonly to: string; readonly token: string; readonly label: string }
  /** Something to copy. */
  readonly code?: string | undefined
}

/** A page with one thing to say, or to ask. */
export async function messagePage(name: string, links: StatusLinks, message: Message): Promise<string> {
  const { title, text, button, code } = message
  return pageShell(
    { name, title: `${title} · ${name} status`, links },
    html`<h1>${title}</h1>
      <p class="plain">${text}</p>
      ${code === undefined ? '' : html`<div class="card"><p class="head">${code}</p></div>`}
      ${button === undefined ? '' : buttonForm(button)}
      <p><a href="${links.home}">To the status page</a></p>`,
  )
}

function buttonForm({ to, token, label }: NonNullable<Message['button']>): Part {
  return html`<form method="post" action="${to}">
    <input type="hidden" name="token" value="${token}" />
    <button>${label}</button>
  </form>`
}
