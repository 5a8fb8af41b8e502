import { type EvidenceCheck, checkEvidence } from '../availability/check-evidence.ts'
import { webProofs } from '../../core/evidence/web-proofs.ts'

/** The form and what it says, in the browser. The file is read here and goes nowhere; the page's policy forbids every connection. */

/** As much of the page as is used. */
interface Field {
  readonly value: string
  readonly files?: ArrayLike<{ readonly name: string; arrayBuffer(): Promise<ArrayBuffer> }> | null
  addEventListener(type: 'change', listener: () => void): void
}
interface Output {
  hidden: boolean
  className: string
  textContent: string
  replaceChildren(...nodes: object[]): void
}
declare const document: {
  getElementById(id: string): (Field & Output) | null
  createElement(name: 'li'): { textContent: string }
}

/** Shows the form and checks whatever is put into it. */
export function listen(): void {
  found('ready').hidden = false
  for (const field of ['file', 'key', 'head']) found(field).addEventListener('change', begin)
}

function begin(): void {
  check().catch((error: unknown) => {
    say('broken', `The file could not be checked: ${String(error)}`)
  })
}

async function check(): Promise<void> {
  const file = found('file').files?.[0]
  if (file === undefined) return
  say('busy', `${file.name} is being checked …`)
  const bytes = new Uint8Array(await file.arrayBuffer())
  const publicKey = found('key').value.trim()
  const head = found('head').value.trim().toLowerCase()
  const trusted = { publicKey: publicKey || undefined, head: head || undefined }
  const checked = await checkEvidence(bytes, webProofs(crypto.subtle), trusted)
  if (checked.holds) {
    say('holds', `${file.name} holds.`, [...checked.says, `Head: ${checked.head}`], checked.compare)
  } else say('broken', `${file.name} does not hold.`, breakWords(checked))
}

const MOST_TOLD = 20

function breakWords({ breaks }: EvidenceCheck): string[] {
  const told = breaks.slice(0, MOST_TOLD).map(({ line, field, expected, found: there }) => {
    return `Line ${line}, ${field}: expected ${expected}, found ${there}`
  })
  return breaks.length > MOST_TOLD ? [...told, `And ${breaks.length - MOST_TOLD} more.`] : told
}

/** How a verdict looks, beside its words: by the classes of the status page's states. */
const LOOKS = { busy: 'unknown', holds: 'operational', broken: 'outage' } as const

function say(
  verdict: keyof typeof LOOKS,
  words: string,
  says: readonly string[] = [],
  compare: readonly string[] = [],
): void {
  found('result').hidden = false
  found('banner').className = `banner ${LOOKS[verdict]}`
  for (const each of Object.keys(LOOKS)) found(`icon-${each}`).hidden = each !== verdict
  found('verdict').textContent = words
  list('says', says)
  list('compare', compare)
}

/** Lines in a card of their own, which is not there without any. */
function list(id: string, lines: readonly string[]): void {
  const items = lines.map(line => {
    const item = document.createElement('li')
    item.textContent = line
    return item
  })
  found(id).replaceChildren(...items)
  found(`${id}-card`).hidden = lines.length === 0
}

function found(id: string): Field & Output {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`the page has no ${id}`)
  return element
}
