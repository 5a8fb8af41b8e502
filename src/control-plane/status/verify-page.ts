import { html } from 'hono/html'
import { COMPARE_WORDS } from '../availability/compare-words.ts'
import { pagePolicy, pageShell } from './page-shell.ts'
import { stateIcon } from './status-icons.ts'
import type { StatusLinks } from './status-links.ts'

/** The one page with a script: its own modules alone, and no connection to anywhere, so the file stays where it is. */
export const verifyPolicy = `${pagePolicy.replace("form-action 'self'", "form-action 'none'")}; script-src 'self'; connect-src 'none'`

export async function verifyPage(
  name: string,
  {
    links,
    script,
    publicKey,
  }: { readonly links: StatusLinks; readonly script: string; readonly publicKey: string },
): Promise<string> {
  return pageShell(
    { name, title: `Check a file · ${name} status`, links, script },
    html`<h1>Check an evidence file</h1>
      <p class="plain">
        Your browser reckons the month again from the file: every hash, the signature, every verdict, down
        time and credit. The file is sent nowhere; this page may not connect to anything.
      </p>
      <noscript>
        <p class="notice">
          This is the one page that needs JavaScript. Without it, <code>weir verify FILE --key KEY</code> does
          the same.
        </p>
      </noscript>
      <p id="notice" class="notice" role="alert" hidden></p>
      <div id="ready" class="check" hidden>
        <div class="card fields">
          <p>
            <label for="file">The evidence file, a .jsonl</label>
            <input id="file" type="file" accept=".jsonl,application/jsonl,text/plain" />
          </p>
          <p>
            <label for="key">Public key: the one published here, or one that you kept</label>
            <input id="key" class="head" value="${publicKey}" spellcheck="false" autocomplete="off" />
          </p>
          <p>
            <label for="head">A head that you kept, if you did</label>
            <input id="head" class="head" spellcheck="false" autocomplete="off" />
          </p>
        </div>
        <section id="result" class="check" aria-live="polite" aria-labelledby="verdict" hidden>
          <div id="banner" class="banner unknown">
            <span id="icon-busy">${stateIcon('unknown')}</span>
            <span id="icon-holds" hidden>${stateIcon('operational')}</span>
            <span id="icon-broken" hidden>${stateIcon('outage')}</span>
            <h2 id="verdict"></h2>
          </div>
          <div id="says-card" class="card" hidden><ul id="says" class="told"></ul></div>
          <div id="compare-card" class="card" hidden>
            <h3>${COMPARE_WORDS}</h3>
            <ul id="compare" class="told"></ul>
          </div>
        </section>
      </div>
      <p class="plain">
        The file’s head is the last thing that is told of what holds. It is among
        <a href="${links.evidence}">those published</a> for its month, or the file is another one.
      </p>`,
  )
}
