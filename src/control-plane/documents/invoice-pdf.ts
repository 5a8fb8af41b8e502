import type { InvoiceDocument } from '../../core/pricing/invoice-document.ts'
import { TEST_CLOCK_WORDS, documentTitle } from './document-words.ts'
import { drawHead } from './invoice-pdf-head.ts'
import { drawLines } from './invoice-pdf-lines.ts'
import { drawTotals } from './invoice-pdf-totals.ts'
import { INK, PAGE, type Paper, newPaper } from './pdf-paper.ts'

export interface PdfOptions {
  /** TrueType, OpenType or WOFF files for scripts beyond Latin, Greek and Cyrillic: tried in turn. */
  readonly fonts?: readonly Uint8Array[]
}

/**
 * A document as a PDF on A4. The same document gives the same bytes. A sign that no font has is shown as a question
 * mark in a diamond, and a sentence at the end says so. Throws a RangeError when the document has no provider.
 */
export async function invoicePdf(document: InvoiceDocument, options: PdfOptions = {}): Promise<Uint8Array> {
  const { provider } = document
  if (provider === null) {
    throw new RangeError('no PDF: the contract does not say who sells, add `provider` with a legalName')
  }
  const title = [documentTitle(document), document.number ?? document.month].join(' ')
  const paper = newPaper({
    title: `${title}, ${provider.legalName}`,
    author: provider.legalName,
    createdAt: new Date(`${document.issuedOn ?? `${document.month}-01`}T00:00:00Z`),
    fonts: options.fonts ?? [],
  })
  drawHead(paper, document, provider)
  drawLines(paper, document)
  drawTotals(paper, document)
  if (paper.hasGaps) drawGapWords(paper)
  paper.onEachPage((page, pages) => drawMargins(paper, document, title, `${page} / ${pages}`))
  return paper.finish()
}

const GAP_WORDS =
  '\ufffd stands for a sign that this document’s fonts do not have. The full text is in the JSON and UBL of the same document.'

function drawGapWords(paper: Paper): void {
  const style = { size: 8, color: INK.soft }
  const height = paper.heightOf(GAP_WORDS, PAGE.width, style)
  paper.makeRoom(height + 12)
  paper.text(GAP_WORDS, PAGE.left, paper.y + 12, PAGE.width, style)
  paper.y += height + 12
}

function drawMargins(paper: Paper, document: InvoiceDocument, title: string, page: string): void {
  const footer = { size: 8, color: INK.soft } as const
  paper.text(title, PAGE.left, FOOTER_Y, PAGE.width - 100, footer)
  paper.text(page, PAGE.right - 100, FOOTER_Y, 100, { ...footer, align: 'right' })
  const marks = [
    ...(document.status === 'final' ? [] : ['DRAFT: not an invoice yet, it may still change.']),
    ...(document.testClock ? [`TEST CLOCK: ${TEST_CLOCK_WORDS}`] : []),
  ]
  for (const [index, mark] of marks.entries()) {
    const style = { size: 11, bold: true, color: INK.warn }
    paper.text(mark, PAGE.left, MARK_Y + index * 15, PAGE.width, style)
  }
}

const FOOTER_Y = 796
const MARK_Y = 20
