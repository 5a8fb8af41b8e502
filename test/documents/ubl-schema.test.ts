import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { invoiceUbl } from '../../src/control-plane/documents/invoice-ubl.ts'
import { OUTAGE_CREDIT, sampleInvoice } from '../../src/control-plane/documents/sample-invoices.ts'
import { schemaMistakes } from './schema-mistakes.ts'
import { everyShape } from './shapes.ts'
import { nameOf, readUbl } from './ubl-reader.ts'
import { writeUblSchema } from './ubl-schema-files.ts'
import { SEQUENCES } from './ubl-schema.ts'

const AMOUNT = /(<cbc:PayableAmount currencyID="EUR">)[^<]*/
const written = everyShape.filter(({ hasUbl }) => hasUbl)

describe('UBL 2.1’s schema, as far as Weir writes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-schema-'))
  beforeAll(() => writeUblSchema(folder))
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each(written)('has nothing against: $name', ({ document }) => {
    expect(schemaMistakes(invoiceUbl(document), folder)).toEqual([])
  })

  it('has a place for what stands in some shape, and for nothing that no shape proves', () => {
    const places = Object.entries(SEQUENCES).flatMap(([parent, sequence]) =>
      Array.from(sequence.matchAll(/[\w:]+/g), ([child]) => `${parent}/${child}`),
    )
    const filled = written.flatMap(({ document }) =>
      readUbl(invoiceUbl(document), ubl =>
        ubl.nodes('.//*').map(node => `${nameOf(node.parent!)}/${nameOf(node)}`),
      ),
    )
    expect(places.toSorted()).toEqual([...new Set(filled)].toSorted())
  })

  it.each([
    ['a day that is none', /(<cbc:IssueDate>)[^<]*/, '$12026-02-30', "'2026-02-30' is not a valid value"],
    ['a time for a day', /(<cbc:DueDate>)[^<]*/, '$12026-06-01T00:00:00Z', 'is not a valid value'],
    ['no day', /(<cbc:StartDate>)[^<]*/, '$1', "'' is not a valid value"],
    ['an amount in groups', AMOUNT, '$11,234.50', "'1,234.50' is not a valid value"],
    ['an amount with an exponent', AMOUNT, '$11e3', "'1e3' is not a valid value"],
    ['an amount without its currency', / currencyID="EUR"/, '', "'currencyID' is required but missing"],
    ['a quantity in words', /(<cbc:InvoicedQuantity [^>]*>)[^<]*/, '$1one', "'one' is not a valid value"],
    ['a percentage with its sign', /(<cbc:Percent>)[^<]*/, '$119 %', "'19 %' is not a valid value"],
    ['a yes for a truth', /(<cbc:ChargeIndicator>)[^<]*/, '$1no', "'no' is not a valid value"],
    [
      'an attribute that is not known',
      '<cbc:IssueDate>',
      '<cbc:IssueDate format="d">',
      "'format' is not allowed",
    ],
    ['an attribute where none may be', '<cac:Party>', '<cac:Party id="1">', "'id' is not allowed"],
    [
      'elements in another order',
      /(<cbc:ID>[^<]*<\/cbc:ID>)(<cbc:IssueDate>.*?<\/cbc:IssueDate>)/,
      '$2$1',
      'IssueDate',
    ],
    ['an element twice', /<cbc:IssueDate>.*?<\/cbc:IssueDate>/, '$&$&', 'IssueDate'],
    ['an element missing', /<cbc:PayableAmount .*?<\/cbc:PayableAmount>/, '', 'PayableAmount'],
    ['no line', /<cac:InvoiceLine>.*<\/cac:InvoiceLine>/s, '', 'InvoiceLine'],
    ['an element that is not known', '<cbc:IssueDate>', '<cbc:IssueDay>x</cbc:IssueDay>$&', 'IssueDay'],
    ['an element of another namespace', /cbc:Note>/g, 'cac:Note>', 'Note'],
    ['text between elements', '<cac:Party>', '<cac:Party>x', 'Party'],
    ['elements in a text', '<cbc:Note>', '<cbc:Note><cbc:ID>1</cbc:ID>', 'Note'],
    ['another root', /xsd:Invoice-2/, 'xsd:Invoice-3', 'Invoice'],
  ] as const)('finds %s', (_, from, to, says) => {
    const xml = invoiceUbl(sampleInvoice({ credits: [OUTAGE_CREDIT] }))
    const broken = xml.replace(from, to)
    expect(broken).not.toBe(xml)
    expect(schemaMistakes(broken, folder).join()).toContain(says)
  })

  it('fails where a schema is missing, instead of passing', () => {
    expect(() => schemaMistakes(invoiceUbl(sampleInvoice()), tmpdir())).toThrow('UBL-Invoice-2.1.xsd')
  })
})
