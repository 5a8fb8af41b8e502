import { type XmlNode, XmlDocument, XmlElement } from 'libxml2-wasm'

/** A UBL document as libxml2 reads it: what a receiver sees, not what the writer meant. */
export interface UblReader {
  readonly root: 'Invoice' | 'CreditNote'
  /** The texts that an XPath finds, from the document's root or from a node. Prefixes: `cac`, `cbc`, `ubl`. */
  texts(path: string, from?: XmlNode): string[]
  nodes(path: string, from?: XmlNode): XmlNode[]
}

/** Reads, asks, and frees the memory that libxml2 took. Throws when the text is no well-formed XML. */
export function readUbl<T>(xml: string, ask: (reader: UblReader) => T): T {
  const document = XmlDocument.fromString(xml)
  try {
    const root = document.root.name
    if (root !== 'Invoice' && root !== 'CreditNote') throw new Error(`the root is ${root}`)
    const uri = 'urn:oasis:names:specification:ubl:schema:xsd'
    const names = {
      ubl: `${uri}:${root}-2`,
      cac: `${uri}:CommonAggregateComponents-2`,
      cbc: `${uri}:CommonBasicComponents-2`,
    }
    const nodes = (path: string, from: XmlNode = document.root) => from.find(path, names)
    return ask({
      root,
      nodes,
      texts: (path, from) => nodes(path, from).map(node => node.content),
    })
  } finally {
    document.dispose()
  }
}

/** An element's name with its usual prefix: `cbc:ID`; the root is `ubl:Invoice`. */
export function nameOf(node: XmlNode): string {
  if (!(node instanceof XmlElement)) throw new Error('not an element')
  return node.prefix === '' ? `ubl:${node.name}` : `${node.prefix}:${node.name}`
}
