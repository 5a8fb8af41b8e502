import { describe, expect, it } from 'vitest'
import { invoiceUbl } from '../../src/control-plane/documents/invoice-ubl.ts'
import { sampleInvoice } from '../../src/control-plane/documents/sample-invoices.ts'
import { schemaMistakes } from './schema-mistakes.ts'
import { everyShape } from './shapes.ts'

/** The folder `xsd` of the standard's package, which no package of ours brings (docs/invoice-formats.md). */
const PUBLISHED = process.env.UBL_2_1_SCHEMAS ?? ''

describe.skipIf(PUBLISHED === '')('UBL 2.1 as published', () => {
  it.each(everyShape.filter(({ hasUbl }) => hasUbl))('has nothing against: $name', ({ document }) => {
    expect(schemaMistakes(invoiceUbl(document), PUBLISHED)).toEqual([])
  })

  it('is asked: an element too many is found', () => {
    const xml = invoiceUbl(sampleInvoice()).replace(
      '<cbc:IssueDate>',
      '<cbc:IssueDay>x</cbc:IssueDay><cbc:IssueDate>',
    )
    expect(schemaMistakes(xml, PUBLISHED)).not.toEqual([])
  })
})
