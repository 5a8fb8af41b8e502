import type { Context, MiddlewareHandler } from 'hono'
import type { BaseLogger } from 'pino'
import type { Role } from '../../identity/permissions.ts'
import type { TestClock } from '../../core/time/test-clock.ts'
import type { Sealer } from '../../identity/sealing.ts'
import type { App } from '../../store/apps.ts'
import type { StoredInvoice } from '../../store/invoices.ts'
import type { EvidenceHead } from '../../store/evidence.ts'
import type { Store } from '../../store/open-store.ts'
import type { Organization } from '../../store/organizations.ts'
import type { EvidenceSigner } from '../availability/evidence-file.ts'
import type { Agreements } from '../invoicing/agreement.ts'
import type { Mails } from '../channels/mail.ts'
import type { InvoiceFormats } from '../invoicing/invoice-formats.ts'
import type { InvoicingDeps } from '../invoicing/month-facts.ts'
import type { Board, StatusBoard } from '../status/status-board.ts'
import type { UsageReader } from '../usage/usage-questions.ts'
import type { Contracts } from './contracts.ts'

/** Everything the control API needs. It holds no state of its own, so two of them run in one process. */
export interface ControlDeps {
  readonly store: Store
  readonly sealer: Sealer
  readonly evidenceKey: EvidenceSigner
  readonly operatorToken: string
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** Set when that clock is a test's: `/healthz` and every invoice say so. */
  readonly testClock: TestClock | undefined
  readonly log: Pick<BaseLogger, 'info' | 'warn' | 'error'>
  /** A log line for every request. */
  readonly logRequests: boolean
  readonly contracts: Contracts
  readonly agreements: Agreements
  readonly invoiceFormats: InvoiceFormats
  /** What the gateway would answer to `GET /rate_limits`; undefined while the counters cannot be reached. */
  readonly readRateLimits: (appId: string) => Promise<Record<string, unknown> | undefined>
  /** Whether `token` is a valid server token of this app. */
  readonly verifyServerToken: (appId: string, token: string) => Promise<boolean>
  readonly usage: UsageReader
  readonly mails: Mails
  readonly ready: () => boolean
  /** In Prometheus' text form. */
  readonly metrics: () => Promise<string>
  /** Webhooks may go to private addresses, and without TLS. */
  readonly allowPrivateWebhooks: boolean
  readonly status: Pick<StatusBoard, 'current'>
  /** The heads of all evidence that was signed. */
  readonly evidence: Pick<Board<readonly EvidenceHead[]>, 'current'>
  /** Where this API is reached from outside, without a path; undefined: nobody said. */
  readonly publicUrl: string | undefined
  /** Of this Weir, for the OpenAPI document. */
  readonly version: string
}

/** What invoices are reckoned with. */
export function invoicingOf({ agreements, testClock }: ControlDeps): InvoicingDeps {
  return { agreements, testClock: testClock !== undefined }
}

/** Who asks. */
export interface Actor {
  /** `operator`, or the id of a member or an app: what the audit names. */
  readonly id: string
  readonly role: Role
  /** undefined: one of the provider's own. */
  readonly organizationId: string | undefined
}

export interface ApiEnv {
  Variables: {
    requestId: string
    actor: Actor
    /** Set by the scope of routes under `/api/organizations/{organization}`. */
    organization: Organization
    /** Set by the scope of routes under `/api/apps/{app}`. */
    app: App
    /** Set by the scope of routes under `/api/invoices/{invoice}`; undefined there: a draft is asked for. */
    invoice: StoredInvoice | undefined
  }
}

export type ApiContext = Context<ApiEnv>
export type ApiMiddleware = MiddlewareHandler<ApiEnv>
