import { html } from 'hono/html'
import type { EvidenceHead } from '../../store/evidence.ts'
import { type Part, pageShell } from './page-shell.ts'
import type { StatusLinks } from './status-links.ts'
import { monthText } from './status-words.ts'

export interface EvidenceView {
  readonly name: string
  readonly links: StatusLinks
  /** Ed25519, base64url; undefined: nothing was signed yet. */
  readonly publicKey: string | undefined
  readonly heads: readonly EvidenceHead[]
  readonly staleSinceMs: number | undefined
}

/** The head of every evidence file by month: what a customer compares its own file with. */
export async function evidencePage({
  name,
  links,
  publicKey,
  heads,
  staleSinceMs,
}: EvidenceView): Promise<string> {
  const months = [...Map.groupBy(heads, ({ month }) => month)]
  return pageShell(
    { name, title: `Evidence · ${name} status`, links, staleSinceMs },
    html`<h1>Evidence</h1>
      <p class="plain">
        When a month closes, each customer’s uptime and credit are written into a file with everything they
        were reckoned from, and the file’s head, a hash over all of it, is signed and published here. Whoever
        kept a head, or finds the head of its file here, knows that the file was not changed since.
      </p>
      ${howToCheck(links)} ${publicKey === undefined ? '' : keyPart(publicKey)}
      ${months.length === 0 ? html`<p>No month was closed with evidence yet.</p>` : months.map(monthPart)}`,
  )
}

/** A copy outlives the Weir that checks files in the browser, so it names the way that needs none. */
function howToCheck({ verify, isCopy }: StatusLinks): Part {
  return html`${verify === undefined ? '' : html`<p><a href="${verify}">Check a file in your browser</a></p>`}
  ${
    isCopy
      ? html`<p class="plain">
          <code>weir verify FILE --key KEY</code> checks a file on your own machine, with the key below.
        </p>`
      : ''
  }`
}

function keyPart(publicKey: string): Part {
  return html`<section aria-labelledby="key">
    <h2 id="key">Public key</h2>
    <div class="card"><p class="head">Ed25519 ${publicKey}</p></div>
  </section>`
}

function monthPart([month, heads]: readonly [string, readonly EvidenceHead[]]): Part {
  return html`<section aria-labelledby="m${month}">
    <h2 id="m${month}">${monthText(month)}</h2>
    <div class="card">
      <div class="scroll" tabindex="0" role="region" aria-label="Heads of ${monthText(month)}">
        <table>
          <thead>
            <tr>
              <th scope="col">Head (SHA-256)</th>
              <th scope="col">Signature (Ed25519)</th>
            </tr>
          </thead>
          <tbody>
            ${heads.map(
              ({ head, signature }) =>
                html`<tr>
                  <td class="head">${head}</td>
                  <td class="head">${signature}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </div>
  </section>`
}
