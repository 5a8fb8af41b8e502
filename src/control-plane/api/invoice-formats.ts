import { accepts } from 'hono/accepts'
import type { InvoiceDocument } from '../../core/pricing/invoice-document.ts'
import { ProblemError } from '../../http/problem.ts'
import type { InvoiceFormats } from '../invoicing/invoice-formats.ts'
import type { ApiContext } from './deps.ts'

const TYPES = ['application/json', 'application/pdf', 'application/xml'] as const

/**
 * The invoice in the format that `Accept` asks for; undefined: JSON will do. Throws `not-acceptable` for any other,
 * and where the document lacks what a format needs.
 */
export async function answerFormat(
  formats: InvoiceFormats,
  c: ApiContext,
  document: InvoiceDocument,
): Promise<Response | undefined> {
  const wanted = wantedType(c)
  if (wanted === 'application/json') return undefined
  const bytes = wanted === 'application/pdf' ? await asPdf(formats, document) : asUbl(formats, document)
  const ending = wanted === 'application/pdf' ? 'pdf' : 'xml'
  c.header('content-type', wanted)
  c.header('content-disposition', `inline; filename="${document.number ?? document.id}.${ending}"`)
  return c.body(bytes)
}

function wantedType(c: ApiContext): (typeof TYPES)[number] {
  const header = c.req.header('accept')
  if (header === undefined) return 'application/json'
  const accepted = accepts(c, { header: 'Accept', supports: [...TYPES], default: '' })
  const chosen = TYPES.find(type => type === accepted)
  if (chosen !== undefined) return chosen
  if (/(\*|application)\/\*/.test(header)) return 'application/json'
  throw notAcceptable(`An invoice is written as one of ${TYPES.join(', ')}.`)
}

async function asPdf({ pdf }: InvoiceFormats, document: InvoiceDocument): Promise<Uint8Array<ArrayBuffer>> {
  if (pdf === undefined) throw notAcceptable('This Weir writes no PDF.')
  if (document.provider === null) throw notAcceptable(NO_PROVIDER)
  return Uint8Array.from(await pdf(document))
}

function asUbl({ ubl, whyNoUbl }: InvoiceFormats, document: InvoiceDocument): string {
  if (ubl === undefined) throw notAcceptable('This Weir writes no UBL.')
  if (document.provider === null) throw notAcceptable(NO_PROVIDER)
  const missing = whyNoUbl?.(document) ?? []
  if (missing.length > 0) throw notAcceptable(missing.join(' '))
  return ubl(document)
}

const NO_PROVIDER = 'The contract does not say who sells: add `provider` to it.'

function notAcceptable(detail: string): ProblemError {
  return new ProblemError('not-acceptable', detail)
}
