import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { invoiceUbl } from '../../src/control-plane/documents/invoice-ubl.ts'
import { sampleInvoice } from '../../src/control-plane/documents/sample-invoices.ts'
import { schemaMistakes } from './published-schema.ts'
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

describe('the check by a schema', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-schema-'))
  const uri = 'urn:oasis:names:specification:ubl:schema:xsd'

  beforeAll(() => {
    mkdirSync(join(folder, 'maindoc'))
    mkdirSync(join(folder, 'common'))
    writeFileSync(
      join(folder, 'maindoc/UBL-Invoice-2.1.xsd'),
      `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:cbc="${uri}:CommonBasicComponents-2"
          targetNamespace="${uri}:Invoice-2" elementFormDefault="qualified">
        <xs:import namespace="${uri}:CommonBasicComponents-2" schemaLocation="../common/basic.xsd"/>
        <xs:element name="Invoice"><xs:complexType><xs:sequence>
          <xs:any maxOccurs="unbounded" processContents="lax"/>
        </xs:sequence></xs:complexType></xs:element>
      </xs:schema>`,
    )
    writeFileSync(
      join(folder, 'common/basic.xsd'),
      `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="${uri}:CommonBasicComponents-2">
        <xs:element name="IssueDate" type="xs:date"/>
      </xs:schema>`,
    )
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('goes by the schema of the document’s root and those it takes in', () => {
    const xml = invoiceUbl(sampleInvoice())
    expect(schemaMistakes(xml, folder)).toEqual([])
    const broken = xml.replace(/<cbc:IssueDate>[^<]*/, '<cbc:IssueDate>tomorrow')
    expect(schemaMistakes(broken, folder).join()).toContain("'tomorrow' is not a valid value")
  })

  it('fails where a schema is missing, instead of passing', () => {
    const creditNote = invoiceUbl(sampleInvoice({ kind: 'credit-note', corrects: '2026-0041', dueOn: null }))
    expect(() => schemaMistakes(creditNote, folder)).toThrow('UBL-CreditNote-2.1.xsd')
  })
})
