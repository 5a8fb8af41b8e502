import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { invoicePdf } from '../../src/control-plane/documents/invoice-pdf.ts'
import {
  OUTAGE_CREDIT,
  OVERAGE_LINE,
  PLAN_LINE,
  UNUSED_LINE,
  sampleInvoice,
} from '../../src/control-plane/documents/sample-invoices.ts'
import { asianFontPath } from '../system-programs.ts'
import { everyShape, manualLine } from './shapes.ts'

const folder = mkdtempSync(join(tmpdir(), 'weir-pdf-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** What a reader's text search finds: the lines as they stand on the pages, a form feed after each. */
function textOf(pdf: Uint8Array): string {
  return execFileSync('pdftotext', ['-layout', written(pdf), '-'], { encoding: 'utf8' })
}

function factsOf(pdf: Uint8Array): string {
  return execFileSync('pdfinfo', [written(pdf)], { encoding: 'utf8' })
}

function written(pdf: Uint8Array): string {
  const file = join(folder, 'document.pdf')
  writeFileSync(file, pdf)
  return file
}

function pagesOf(text: string): string[] {
  return text.split('\f').slice(0, -1)
}

describe('an invoice as PDF', () => {
  it('says all that a finance person looks for', async () => {
    const document = sampleInvoice({
      lines: [PLAN_LINE, UNUSED_LINE, OVERAGE_LINE],
      credits: [OUTAGE_CREDIT],
    })
    expect(textOf(await invoicePdf(document))).toMatchSnapshot()
  })

  it('has a title, a language, and the day of issue as its date', async () => {
    const pdf = await invoicePdf(sampleInvoice())
    const facts = factsOf(pdf)
    expect(facts).toMatch(/Title: +Invoice 2026-0042, Flußwehr GmbH/)
    expect(facts).toMatch(/CreationDate: +Sat May {2}2 00:00:00 2026/)
    expect(Buffer.from(pdf).toString('latin1')).toContain('/Lang (en)')
    expect(Buffer.from(pdf).toString('latin1')).toContain('/DisplayDocTitle true')
  })

  it.each(everyShape.filter(({ document }) => document.provider !== null))(
    'is read without complaint, and the same bytes each time: $name',
    async ({ document }) => {
      const pdf = await invoicePdf(document)
      const { status, stderr } = spawnSync('pdftotext', [written(pdf), '-'], { encoding: 'utf8' })
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      expect(Buffer.compare(pdf, await invoicePdf(document))).toBe(0)
    },
  )

  it('repeats the table’s head and counts the pages when lines go on over them', async () => {
    const lines = Array.from({ length: 200 }, (_, index) => ({
      ...OVERAGE_LINE,
      description: `Line number ${index + 1}`,
    }))
    const pages = pagesOf(textOf(await invoicePdf(sampleInvoice({ lines }))))
    expect(pages.length).toBeGreaterThan(5)
    for (const [index, page] of pages.entries()) {
      expect(page).toContain(`${index + 1} / ${pages.length}`)
      const ofPage = page.match(/Line number \d+/g) ?? []
      if (ofPage.length > 0) expect(page).toMatch(/Description +Quantity +Included +Rate +Amount EUR/)
    }
    const found = pages.join('').match(/Line number \d+/g) ?? []
    expect(found).toEqual(lines.map(({ description }) => description))
  })

  it('writes amounts of 10^12 whole, on one line', async () => {
    const lines = [manualLine('1000000000000.01'), manualLine('123456789012345678.90')]
    const text = textOf(await invoicePdf(sampleInvoice({ lines })))
    expect(text).toContain('1,000,000,000,000.01')
    expect(text).toContain('123,456,789,012,345,678.90')
  })

  it.each([
    ['JPY', '1234567', '1,234,567'],
    ['KWD', '1234567.125', '1,234,567.125'],
  ])('writes %s with its own decimals', async (currencyCode, amount, shown) => {
    const text = textOf(await invoicePdf(sampleInvoice({ currencyCode, lines: [manualLine(amount)] })))
    expect(text).toContain(shown)
    expect(text).toContain(`Amount ${currencyCode}`)
  })

  it('marks drafts and what a test’s clock made, on every page', async () => {
    const lines = Array.from({ length: 60 }, () => OVERAGE_LINE)
    const facts = { status: 'draft', number: null, issuedOn: null, dueOn: null, testClock: true } as const
    const pages = pagesOf(textOf(await invoicePdf(sampleInvoice({ ...facts, lines }))))
    for (const page of pages) expect(page).toMatch(/DRAFT.*\s+TEST CLOCK/)
    const final = textOf(await invoicePdf(sampleInvoice()))
    expect(final).not.toMatch(/DRAFT|TEST CLOCK/i)
  })

  it('names a credit note so, and asks for no payment', async () => {
    const document = sampleInvoice({ kind: 'credit-note', corrects: '2026-0041', dueOn: null })
    const text = textOf(await invoicePdf(document))
    expect(text).toMatch(/^Credit note$/m)
    expect(text).toMatch(/Corrects +2026-0041/)
    expect(text).toContain('nothing is to be paid')
    expect(text).not.toContain('DE89')
  })

  it('says the words of reverse charge and exemption', async () => {
    const reverse = textOf(await invoicePdf(sampleInvoice({ taxRule: { kind: 'reverse-charge' } })))
    expect(reverse).toMatch(/Reverse charge: the recipient/)
    const exempt = sampleInvoice({ taxRule: { kind: 'exempt', reason: 'education' } })
    expect(textOf(await invoicePdf(exempt))).toContain('Exempt from tax: education')
  })

  it('is refused without a provider', async () => {
    await expect(invoicePdf(sampleInvoice({ provider: null }))).rejects.toThrow('add `provider`')
  })
})

describe('letters', () => {
  const named = (name: string) => {
    const document = sampleInvoice()
    return { ...document, customer: { ...document.customer, name, legalName: null } }
  }

  it.each(['Łódź Čeština Ğüneş Ñandú Việt', 'Ελλάδα', 'Київ Ђорђе', 'naïve “quotes” – € ₺ ₴'])(
    '%s is there, and can be searched for',
    async name => {
      const text = textOf(await invoicePdf(named(name)))
      expect(text).toContain(name)
      expect(text).not.toContain('\ufffd')
    },
  )

  it('that no font has leave a visible mark, and a sentence says so', async () => {
    const text = textOf(await invoicePdf(named('東京 Ltd')))
    expect(text).toContain('\ufffd\ufffd Ltd')
    expect(text).toContain('stands for a sign that this document’s fonts do not have')
  })

  it('come from a font that is given for them', async () => {
    const fonts = [readFileSync(asianFontPath)]
    const text = textOf(await invoicePdf(named('東京 Ltd'), { fonts }))
    expect(text).toContain('東京 Ltd')
    expect(text).not.toContain('\ufffd')
  })

  it('that steer the text around them are left out', async () => {
    const text = textOf(await invoicePdf(named('a\u202eb\u0000c\u001b[31md')))
    expect(text).toContain('abc[31md')
  })
})
