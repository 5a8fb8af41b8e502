/**
 * XML as text. An element is written by `element`, which escapes what it is given as text and takes over what it is
 * given as elements; so no text can become markup. A library would bring a document model nobody reads here.
 */
export interface Xml {
  readonly xml: string
}

type Attributes = Readonly<Record<string, string>>

/** Parts that are not there may be left out as null: `[a, b === null ? null : element('cbc:ID', b)]`. */
export function element(
  name: string,
  content: string | readonly (Xml | null)[],
  attributes: Attributes = {},
): Xml {
  const inner = typeof content === 'string' ? escaped(content) : content.map(part => part?.xml ?? '').join('')
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`)
  return { xml: `<${name}${written.join('')}>${inner}</${name}>` }
}

export function xmlDocument(root: Xml): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root.xml}\n`
}

// XML 1.0 has no way at all to write these, not even as references (section 2.2).
// oxlint-disable-next-line no-control-regex
const IMPOSSIBLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(IMPOSSIBLE, '\ufffd')
    .replace(/[&<>"']/g, char => REFERENCES[char] ?? char)
}
