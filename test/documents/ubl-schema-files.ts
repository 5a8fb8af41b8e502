import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CONTENTS, type Content, SEQUENCES } from './ubl-schema.ts'

/** Writes `ubl-schema.ts` as XML Schema into an empty folder, laid out as the standard's package is. */
export function writeUblSchema(folder: string): void {
  mkdirSync(join(folder, 'maindoc'))
  mkdirSync(join(folder, 'common'))
  const write = (file: string, namespace: string, elements: readonly string[]) =>
    writeFileSync(join(folder, file), schema(namespace, elements))
  const names = Object.keys(SEQUENCES)
  for (const root of ['Invoice', 'CreditNote']) {
    write(`maindoc/UBL-${root}-2.1.xsd`, root, [aggregate(`ubl:${root}`)])
  }
  write(`common/${AGGREGATES}.xsd`, AGGREGATES, names.filter(name => name.startsWith('cac:')).map(aggregate))
  write(`common/${BASICS}.xsd`, BASICS, CONTENTS.flatMap(basics))
}

const AGGREGATES = 'CommonAggregateComponents'
const BASICS = 'CommonBasicComponents'
const UBL = 'urn:oasis:names:specification:ubl:schema:xsd'

function schema(namespace: string, elements: readonly string[]): string {
  const imports = [AGGREGATES, BASICS]
    .filter(other => other !== namespace)
    .map(other => `<xs:import namespace="${UBL}:${other}-2" schemaLocation="../common/${other}.xsd"/>`)
  return `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="${UBL}:${namespace}-2"
    xmlns:cac="${UBL}:${AGGREGATES}-2" xmlns:cbc="${UBL}:${BASICS}-2">
  ${[...imports, ...elements].join('\n  ')}
</xs:schema>`
}

const OCCURRENCES: Readonly<Record<string, string>> = {
  '?': 'minOccurs="0"',
  '*': 'minOccurs="0" maxOccurs="unbounded"',
  '+': 'maxOccurs="unbounded"',
}

function aggregate(name: string): string {
  const children = words(SEQUENCES[name] ?? '').map(word => {
    const child = word.replace(/[?*+]$/, '')
    return `<xs:element ref="${child}" ${OCCURRENCES[word.slice(child.length)] ?? ''}/>`
  })
  return element(name.replace(/^\w+:/, ''), `<xs:sequence>${children.join('')}</xs:sequence>`)
}

function basics({ type, attribute, of }: Content): string[] {
  const inner =
    attribute === undefined
      ? ''
      : `<xs:attribute name="${attribute}" type="xs:normalizedString" use="required"/>`
  const content = `<xs:extension base="xs:${type}">${inner}</xs:extension>`
  return words(of).map(name => element(name, `<xs:simpleContent>${content}</xs:simpleContent>`))
}

// Types have no names, so that no `xsi:type` can put one in the place of another.
function element(name: string, type: string): string {
  return `<xs:element name="${name}"><xs:complexType>${type}</xs:complexType></xs:element>`
}

function words(text: string): string[] {
  return text.trim().split(/\s+/)
}
