import { type Browser, whyUnsupported } from './browser-support.ts'

/**
 * Runs in the browser of whoever checks a file: `verify-modules.ts` serves it without its types. It first asks whether
 * the browser can check at all, since one that is too old could not even read the modules that do.
 */

declare const window: Browser
declare const document: { getElementById(id: string): { hidden: boolean; textContent: string } | null }

function tell(words: string): void {
  const notice = document.getElementById('notice')
  if (notice === null) throw new Error('the page has no notice')
  notice.textContent = words
  notice.hidden = false
}

async function begin(): Promise<void> {
  const why = await whyUnsupported(window)
  if (why !== undefined) {
    tell(why)
    return
  }
  const { listen } = await import('./verify-form.ts')
  listen()
}

begin().catch((error: unknown) => {
  tell(
    `The page could not be loaded whole (${String(error)}). Load it again, or check the file with “weir verify FILE --key KEY”.`,
  )
})
