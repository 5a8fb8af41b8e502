import type { InvoiceDocument } from '../../core/pricing/invoice-document.ts'

/** How invoices are written besides JSON. A format that is undefined is answered with 406. */
export interface InvoiceFormats {
  readonly pdf?: ((document: InvoiceDocument) => Promise<Uint8Array>) | undefined
  /** UBL 2.1. */
  readonly ubl?: ((document: InvoiceDocument) => string) | undefined
  /** What the document lacks for UBL, a sentence each; empty: nothing. */
  readonly whyNoUbl?: ((document: InvoiceDocument) => readonly string[]) | undefined
  /** A month for accounting, a row a line. */
  readonly csv?: ((documents: readonly InvoiceDocument[]) => string) | undefined
}
