import { checkEvidence } from '../availability/check-evidence.ts'
import { webProofs } from '../../core/evidence/web-proofs.ts'

/**
 * Runs in the browser of whoever checks a file: `verify-modules.ts` serves it without its types. The file is read here
 * and goes nowhere; the page's policy forbids every connection.
 */

/** As much of the page as is used. */
interface Field {
  readonly value: string
  readonly files?: ArrayLike<{ readonly name: string; arrayBuffer(): Promise<ArrayBuffer> }> | null
  addEventListener(type: 'change' | 'input', listener: () => void): void
}
interface Output {
  hidden: boolean
  textContent: string
  replaceChildren(...nodes: object[]): void
}
declare const document: {
  getElementById(id: string): (Field & Output) | null
  createElement(name: 'li'): { textContent: string }
}

function found(id: string): Field & Output {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`the page has no ${id}`)
  return element
}

const MOST_TOLD = 20

function list(id: string, lines: readonly string[]): void {
  const items = lines.map(line => {
    const item = document.createElement('li')
    item.textContent = line
    return item
  })
  found(id).replaceChildren(...items)
}

async function check(): Promise<void> {
  const file = found('file').files?.[0]
  if (file === undefined) return
  found('result').hidden = false
  found('verdict').textContent = `${file.name} is being checked …`
  list('says', [])
  const bytes = new Uint8Array(await file.arrayBuffer())
  const publicKey = found('key').value.trim()
  const head = found('head').value.trim().toLowerCase()
  const trusted = { publicKey: publicKey || undefined, head: head || undefined }
  const { holds, says, breaks, head: own } = await checkEvidence(bytes, webProofs(crypto.subtle), trusted)
  found('verdict').textContent = `${file.name} ${holds ? 'holds.' : 'does not hold.'}`
  const broken = breaks
    .slice(0, MOST_TOLD)
    .map(
      ({ line, field, expected, found: there }) =>
        `Line ${line}, ${field}: expected ${expected}, found ${there}`,
    )
  const more = breaks.length > MOST_TOLD ? [`And ${breaks.length - MOST_TOLD} more.`] : []
  list('says', holds ? [...says, `Head: ${own}`] : [...broken, ...more])
}

function begin(): void {
  check().catch((error: unknown) => {
    found('verdict').textContent = `The file could not be checked: ${String(error)}`
  })
}

found('ready').hidden = false
found('file').addEventListener('change', begin)
found('key').addEventListener('change', begin)
found('head').addEventListener('change', begin)
