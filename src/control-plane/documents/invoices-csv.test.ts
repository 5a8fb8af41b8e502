import { describe, expect, it } from 'vitest'
import { totalOf } from '../../core/exact/money.ts'
import { invoicesCsv } from './invoices-csv.ts'
import { OUTAGE_CREDIT, PLAN_LINE, sampleInvoice } from './sample-invoices.ts'

/** RFC 4180, read letter by letter. */
function read(csv: string): Record<string, string>[] {
  const rows: string[][] = [['']]
  let quoted = false
  for (const [sign] of csv.matchAll(/""|\r\n|[^]/g)) {
    const row = rows.at(-1) ?? []
    if (sign === '""' && quoted) row.push(`${row.pop()}"`)
    else if (sign === '"') quoted = !quoted
    else if (sign === ',' && !quoted) row.push('')
    else if (sign === '\r\n' && !quoted) rows.push([''])
    else row.push(`${row.pop()}${sign}`)
  }
  const [head = [], ...body] = rows.slice(0, -1)
  return body.map(cells => Object.fromEntries(head.map((name, index) => [name, cells[index] ?? ''])))
}

const named = (name: string) => {
  const document = sampleInvoice()
  return { ...document, customer: { ...document.customer, name, legalName: null } }
}

describe('the table for accounting', () => {
  it('has a row for each line, credit and the tax, and they add up to the total', () => {
    const document = sampleInvoice({ credits: [OUTAGE_CREDIT] })
    const rows = read(invoicesCsv([{ document, status: 'open' }]))
    expect(rows.map(row => [row['row_kind'], row['amount']])).toEqual([
      ['plan', '499.00'],
      ['overage', '211.05'],
      ['credit', '-40.05'],
      ['tax', '127.30'],
    ])
    expect(
      totalOf(
        rows.map(row => row['amount'] ?? ''),
        2,
      ),
    ).toBe(document.total)
  })

  it('writes a credit note below zero', () => {
    const rows = read(
      invoicesCsv([
        { document: sampleInvoice({ kind: 'credit-note', lines: [PLAN_LINE] }), status: 'issued' },
      ]),
    )
    expect(rows.map(row => row['amount'])).toEqual(['-499.00', '-94.81'])
  })

  it('keeps quotes, commas and line breaks of names in their cell', () => {
    const name = 'a "b", c\r\nd'
    expect(read(invoicesCsv([{ document: named(name), status: 'paid' }]))[0]).toMatchObject({
      customer: name,
      currency: 'EUR',
    })
  })

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '\n=1'])(
    'never lets a spreadsheet reckon a name: %j',
    name => {
      expect(read(invoicesCsv([{ document: named(name), status: 'paid' }]))[0]?.['customer']).toBe(`'${name}`)
    },
  )

  it('has a head even without a document', () => {
    expect(invoicesCsv([])).toMatch(/^number,kind,[a-z_,]+\r\n$/)
  })
})
