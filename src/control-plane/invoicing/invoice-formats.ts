import type { InvoiceDocument } from '../../core/pricing/invoice-document.ts'
import type { InvoiceStatus } from '../../core/pricing/invoice-standing.ts'

/** How invoices are written besides JSON. A format that is undefined is answered with 406. */
export interface InvoiceFormats {
  readonly pdf?: ((document: InvoiceDocument) => Promise<Uint8Array>) | undefined
  /** UBL 2.1. */
  readonly ubl?: ((document: InvoiceDocument) => string) | undefined
  /** What the document lacks for UBL, a sentence each; empty: nothing. */
  readonly whyNoUbl?: ((document: InvoiceDocument) => readonly string[]) | undefined
  /** A month for accounting, a row a line. */
  readonly csv?: ((invoices: readonly StandingInvoice[]) => string) | undefined
}

/** A document with how it stands now: that is no part of what was frozen. */
export interface StandingInvoice {
  readonly document: InvoiceDocument
  readonly status: InvoiceStatus
}
