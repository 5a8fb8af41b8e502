import { minorUnits } from '../../core/exact/money.ts'
import type { InvoiceDocument } from '../../core/pricing/invoice-document.ts'
import type { InvoiceStanding } from '../../core/pricing/invoice-standing.ts'

interface MailText {
  readonly subject: string
  readonly text: string
}

/** An invoice that is final, as plain text: its lines, its sums, and until when it is to be paid. */
export function closedMail(document: InvoiceDocument): MailText {
  const { number, month, customer, dueOn, provider } = document
  const seller = provider === null ? '' : ` from ${provider.legalName}`
  return {
    subject: subject(document, `Invoice ${number}${seller}: ${money(document, document.total)}`),
    text: paragraphs(
      testNotice(document),
      `Invoice ${number} for ${customer.legalName ?? customer.name}, ${month}`,
      table([...lineRows(document), ...sumRows(document)]),
      payment(document, dueOn === null ? 'It names no last day to pay.' : `To be paid by ${dueOn}.`),
      whereToRead(document),
    ),
  }
}

/** An invoice that waits because something is missing on it, and what to do. */
export function heldMail(document: InvoiceDocument, reasons: readonly string[]): MailText {
  const { id, month, customer } = document
  return {
    subject: subject(document, `The invoice of ${customer.name} for ${month} waits for you`),
    text: paragraphs(
      testNotice(document),
      `The invoice of ${customer.legalName ?? customer.name} for ${month} was not issued:`,
      reasons.map(reason => `  ${reason}`).join('\n'),
      `It is reckoned anew with what is corrected. Then approve it: POST /api/invoices/${id}/approve`,
    ),
  }
}

/** An invoice whose last day to pay is over, and what of it is still due. */
export function overdueMail(document: InvoiceDocument, { paid, credited, due }: InvoiceStanding): MailText {
  const { number, month, dueOn } = document
  const rows: Row[] = [
    ['Total', document.total],
    ['Paid', paid],
    ['Credited', credited],
    ['Still due', money(document, due)],
  ]
  return {
    subject: subject(document, `Overdue: invoice ${number}, ${money(document, due)}`),
    text: paragraphs(
      testNotice(document),
      `Invoice ${number} for ${month} was to be paid by ${dueOn}, and is not paid in full.`,
      table(rows),
      payment(document, 'If the payment is on its way, nothing is to be done.'),
      whereToRead(document),
    ),
  }
}

function subject({ testClock }: InvoiceDocument, text: string): string {
  return testClock ? `[test clock] ${text}` : text
}

function testNotice({ testClock }: InvoiceDocument): string | undefined {
  return testClock ? 'Made on a test’s clock: it is a claim on nobody.' : undefined
}

type Row = readonly [words: string, amount: string]

/** The whole invoice is one request away; a mail of thousands of lines helps nobody. */
const MOST_LINES = 50

function lineRows({ lines }: InvoiceDocument): Row[] {
  const shown = lines.slice(0, MOST_LINES).map(({ description, amount }): Row => [description, amount])
  const left = lines.length - shown.length
  return left === 0 ? shown : [...shown, [`and ${left} more lines`, '']]
}

function sumRows(document: InvoiceDocument): Row[] {
  const { subtotal, creditsApplied, tax, total, currency } = document
  const isZero = (amount: string) => minorUnits(amount, currency.minorDigits) === 0n
  return [
    ['Subtotal', subtotal],
    ...creditsApplied.map(({ reason, amount }): Row => [`Credit: ${reason}`, `-${amount}`]),
    ...(tax.kind === 'rate' && isZero(tax.amount) ? [] : [taxRow(tax)]),
    ['Total', money(document, total)],
  ]
}

function taxRow({ kind, words, amount }: InvoiceDocument['tax']): Row {
  return kind === 'rate' ? [`Tax, ${words}`, amount] : [words, '']
}

function table(rows: readonly Row[]): string {
  return rows.map(([words, amount]) => `  ${words}${amount === '' ? '' : `: ${amount}`}`).join('\n')
}

function payment({ provider, total, currency }: InvoiceDocument, words: string): string {
  if (minorUnits(total, currency.minorDigits) === 0n) return 'Nothing is to be paid.'
  const { paymentInstructions } = provider ?? {}
  return paymentInstructions === undefined ? words : `${words}\n${paymentInstructions.trim()}`
}

function whereToRead({ id }: InvoiceDocument): string {
  return `With every step that leads to an amount, as PDF too: GET /api/invoices/${id}`
}

function money({ currency }: InvoiceDocument, amount: string): string {
  return `${amount} ${currency.code}`
}

function paragraphs(...all: readonly (string | undefined)[]): string {
  return `${all.filter(each => each !== undefined).join('\n\n')}\n`
}
