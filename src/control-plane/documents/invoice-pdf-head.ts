import type { Provider } from '../../core/contract/contract.ts'
import type { Customer, InvoiceDocument } from '../../core/pricing/invoice-document.ts'
import { documentTitle, monthDays } from './document-words.ts'
import { INK, PAGE, type Paper } from './pdf-paper.ts'

/** Who sells, what this is, who buys, and the facts by which it is filed. */
export function drawHead(paper: Paper, document: InvoiceDocument, provider: Provider): void {
  drawSender(paper, provider)
  paper.y += 18
  const title = documentTitle(document)
  paper.y += paper.text(title, PAGE.left, paper.y, PAGE.width, { size: 22, bold: true }) + 12
  const top = paper.y
  const buyer = drawBuyer(paper, document.customer, top)
  const facts = drawFacts(paper, factsOf(document), top)
  paper.y = Math.max(buyer, facts) + 22
}

function drawSender(paper: Paper, { legalName, address, country, taxIds, email }: Provider): void {
  paper.y += paper.text(legalName, PAGE.left, paper.y, PAGE.width, { size: 13, bold: true }) + 2
  const place = [...address, ...(country === undefined ? [] : [country])].join(' · ')
  const ids = [...taxIds.map(id => `Tax id ${id}`), ...(email === undefined ? [] : [email])].join(' · ')
  for (const line of [place, ids].filter(text => text !== '')) {
    paper.y += paper.text(line, PAGE.left, paper.y, PAGE.width, { size: 8.5, color: INK.soft })
  }
  paper.y += 8
  paper.rule(paper.y)
}

const BUYER_WIDTH = 230
const FACTS_X = PAGE.left + 260
const FACT_NAME_WIDTH = 88

function drawBuyer(paper: Paper, customer: Customer, top: number): number {
  const { name, legalName, address, country, taxId, email } = customer
  let y = top + paper.text('Billed to', PAGE.left, top, BUYER_WIDTH, { size: 8.5, color: INK.soft })
  y += paper.text(legalName ?? name, PAGE.left, y, BUYER_WIDTH, { size: 10.5, bold: true })
  const lines = [
    ...(legalName === null || legalName === name ? [] : [name]),
    ...address,
    ...[country, taxId === null ? null : `Tax id ${taxId}`, email].filter(line => line !== null),
  ]
  for (const line of lines) y += paper.text(line, PAGE.left, y, BUYER_WIDTH, { size: 10 })
  return y
}

type Fact = readonly [name: string, value: string]

function factsOf(document: InvoiceDocument): Fact[] {
  const { kind, number, issuedOn, dueOn, month, customer, corrects, contractVersion } = document
  const { first, last } = monthDays(month)
  const facts: readonly (readonly [string, string | null])[] = [
    [kind === 'invoice' ? 'Invoice number' : 'Credit note no.', number ?? 'given when final'],
    ['Date', issuedOn ?? 'given when final'],
    ['Billed period', `${first} to ${last} (UTC)`],
    ['Due', kind === 'invoice' ? dueOn : null],
    ['Corrects', corrects],
    ['Purchase order', customer.purchaseOrder],
    ['Customer', customer.organizationId],
    ['Contract', `version ${contractVersion}`],
  ]
  return facts.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]))
}

function drawFacts(paper: Paper, facts: readonly Fact[], top: number): number {
  const valueX = FACTS_X + FACT_NAME_WIDTH
  let y = top
  for (const [name, value] of facts) {
    paper.text(name, FACTS_X, y, FACT_NAME_WIDTH, { size: 9, color: INK.soft })
    y += paper.text(value, valueX, y, PAGE.right - valueX, { size: 9 }) + 2
  }
  return y
}
