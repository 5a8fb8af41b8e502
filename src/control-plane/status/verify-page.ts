import { html } from 'hono/html'
import { pagePolicy, pageShell } from './page-shell.ts'
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
      <div id="ready" hidden>
        <div class="card">
          <p>
            <label for="file">The file, evidence-…​.jsonl</label>
            <input id="file" type="file" accept=".jsonl,application/jsonl,text/plain" />
          </p>
          <p>
            <label for="key">Public key: the one published here, or one that you kept</label>
            <input id="key" value="${publicKey}" spellcheck="false" autocomplete="off" />
          </p>
          <p>
            <label for="head">A head that you kept, if you did</label>
            <input id="head" spellcheck="false" autocomplete="off" />
          </p>
        </div>
        <section id="result" class="card" aria-live="polite" aria-labelledby="verdict" hidden>
          <h2 id="verdict"></h2>
          <ul id="says" class="head"></ul>
        </section>
      </div>
      <p>
        The file’s head is the last thing that is told. It is among
        <a href="${links.evidence}">those published</a> for its month, or the file is another one.
      </p>`,
  )
}
