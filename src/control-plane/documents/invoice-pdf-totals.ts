import type { InvoiceDocument } from '../../core/pricing/invoice-document.ts'
import { grouped } from './amount-text.ts'
import { paymentWords, usageWords } from './document-words.ts'
import { INK, PAGE, type Paper, type TextStyle } from './pdf-paper.ts'

const LABEL_X = PAGE.left + 110
const LABEL_WIDTH = 220
const AMOUNT_X = PAGE.left + 335
const AMOUNT_WIDTH = 148

/** From the lines to what is to be paid, and how to pay it. */
export function drawTotals(paper: Paper, document: InvoiceDocument): void {
  const { kind, subtotal, creditsApplied, taxable, tax, total, currency } = document
  paper.y += 8
  drawSum(paper, 'Subtotal', subtotal)
  for (const { amount, reason } of creditsApplied) {
    drawSum(paper, `Credit: ${reason}`, amount.startsWith('-') ? amount : `-${amount}`)
  }
  if (creditsApplied.length > 0) drawSum(paper, 'Taxable', taxable)
  drawSum(paper, tax.kind === 'rate' ? `Tax: ${tax.words}` : tax.words, tax.amount)
  const words = kind === 'invoice' ? 'Total' : 'Total in your favour'
  drawSum(paper, `${words} (${currency.code})`, total, { size: 12, bold: true })
  paper.y += 18
  for (const line of paymentWords(document)) drawParagraph(paper, line, { size: 9.5 })
  paper.y += 6
  drawParagraph(paper, usageWords(document), { size: 8, color: INK.soft })
}

function drawSum(paper: Paper, label: string, amount: string, style: TextStyle = { size: 9.5 }): void {
  const height = paper.heightOf(label, LABEL_WIDTH, style)
  paper.makeRoom(height + 5)
  paper.text(label, LABEL_X, paper.y, LABEL_WIDTH, style)
  paper.number(grouped(amount), AMOUNT_X, paper.y, AMOUNT_WIDTH, { ...style, align: 'right' })
  paper.y += height + 5
}

function drawParagraph(paper: Paper, text: string, style: TextStyle): void {
  paper.makeRoom(paper.heightOf(text, PAGE.width, style) + 4)
  paper.y += paper.text(text, PAGE.left, paper.y, PAGE.width, style) + 4
}
