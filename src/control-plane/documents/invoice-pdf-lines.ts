import type { InvoiceDocument } from '../../core/pricing/invoice-document.ts'
import type { InvoiceLine } from '../../core/pricing/invoice-line.ts'
import { grouped } from './amount-text.ts'
import { INK, PAGE, type Paper } from './pdf-paper.ts'

const COLUMNS = [
  { title: 'Description', x: PAGE.left, width: 175, align: 'left' },
  { title: 'Quantity', x: PAGE.left + 180, width: 52, align: 'right' },
  { title: 'Included', x: PAGE.left + 237, width: 52, align: 'right' },
  { title: 'Rate', x: PAGE.left + 294, width: 80, align: 'right' },
  { title: 'Amount', x: PAGE.left + 379, width: 104, align: 'right' },
] as const

const CELL = { size: 9.5 } as const
const SMALL = { size: 7.5, color: INK.soft } as const
const BECAUSE_WIDTH = 408
const ROW_GAP = 7

/** The table of lines, each with the steps that lead to its amount; its head stands again on every page. */
export function drawLines(paper: Paper, document: InvoiceDocument): void {
  drawTableHead(paper, document)
  if (document.lines.length === 0) {
    paper.y += paper.text('Nothing is billed.', PAGE.left, paper.y, PAGE.width, CELL) + ROW_GAP
  }
  for (const line of document.lines) drawLine(paper, document, line)
  paper.rule(paper.y)
}

function drawTableHead(paper: Paper, { currency }: InvoiceDocument): void {
  for (const { title, x, width, align } of COLUMNS) {
    const words = title === 'Amount' ? `${title} ${currency.code}` : title
    paper.text(words, x, paper.y, width, { size: 8.5, bold: true, align })
  }
  paper.y += 15
  paper.rule(paper.y)
  paper.y += 6
}

function drawLine(paper: Paper, document: InvoiceDocument, line: InvoiceLine): void {
  const cells = cellsOf(line)
  const [description = ''] = cells
  const height = paper.heightOf(description, COLUMNS[0].width, CELL)
  const first = line.because[0]
  // A line never begins at the foot of a page and goes on elsewhere: its first reason stays with it.
  const kept = height + (first === undefined ? 0 : paper.heightOf(first, BECAUSE_WIDTH, SMALL))
  if (paper.makeRoom(kept + ROW_GAP)) drawTableHead(paper, document)
  for (const [index, cell] of cells.entries()) {
    const { x, width, align } = COLUMNS[index] ?? COLUMNS[0]
    const style = { ...CELL, align }
    if (index === 0) paper.text(cell, x, paper.y, width, style)
    else paper.number(cell, x, paper.y, width, style)
  }
  paper.y += height
  for (const reason of line.because) {
    if (paper.makeRoom(paper.heightOf(reason, BECAUSE_WIDTH, SMALL))) drawTableHead(paper, document)
    paper.y += paper.text(reason, PAGE.left, paper.y, BECAUSE_WIDTH, SMALL)
  }
  paper.y += ROW_GAP
}

function cellsOf({ description, quantity, included, rate, amount, interval }: InvoiceLine): string[] {
  const per = interval === 'annual' ? ' / year' : interval === 'monthly' ? ' / month' : ''
  return [
    description,
    grouped(String(quantity)),
    included === null ? '' : grouped(String(included)),
    rate === null ? '' : `${grouped(rate)}${per}`,
    grouped(amount),
  ]
}
