import type { Logger } from 'pino'
import { createControlApi, createOperationsApi } from '../control-plane/api/create-control-api.ts'
import type { ControlDeps } from '../control-plane/api/deps.ts'
import { listenControl } from '../control-plane/api/listen.ts'
import { serverTokenCheck } from '../control-plane/api/server-tokens.ts'
import { invoicePdf } from '../control-plane/documents/invoice-pdf.ts'
import { invoiceUbl } from '../control-plane/documents/invoice-ubl.ts'
import { invoicesCsv } from '../control-plane/documents/invoices-csv.ts'
import { whyNoUbl } from '../control-plane/documents/why-no-ubl.ts'
import type { InvoiceFormats } from '../control-plane/invoicing/invoice-formats.ts'
import type { RunningGateway } from '../data-plane/gateway/start-gateway.ts'
import { portError } from '../http/port-error.ts'
import type { ServeSettings } from './settings.ts'
import { version } from './version.ts'

/** What a node with a control API has, and a gateway does not. */
export type ControlAccess = Pick<
  ControlDeps,
  'operatorToken' | 'mails' | 'status' | 'evidence' | 'evidenceKey'
>

type ListenerParts = Pick<
  ControlDeps,
  'store' | 'sealer' | 'contracts' | 'agreements' | 'usage' | 'clock' | 'metrics'
> & {
  readonly log: Logger
  readonly gateway: RunningGateway | undefined
  readonly invoiceFonts: readonly Uint8Array[]
}

/** Invoices as PDF, UBL and CSV. */
function invoiceFormats(fonts: readonly Uint8Array[]): InvoiceFormats {
  const pdf: InvoiceFormats['pdf'] = async document => invoicePdf(document, { fonts })
  return { pdf, ubl: invoiceUbl, whyNoUbl, csv: invoicesCsv }
}

/** Listens with the control API; on a node that is only a gateway, with health and metrics. */
export async function startControl(
  settings: ServeSettings,
  access: ControlAccess | undefined,
  { gateway, invoiceFonts, ...parts }: ListenerParts,
) {
  const { testClock, logRequests, allowPrivateWebhooks, publicUrl } = settings
  const deps = {
    ...parts,
    invoiceFormats: invoiceFormats(invoiceFonts),
    version,
    testClock,
    logRequests,
    allowPrivateWebhooks,
    publicUrl,
    readRateLimits: async (appId: string) => gateway?.readRateLimits(appId),
    verifyServerToken: serverTokenCheck(parts),
    ready: () => gateway?.ready ?? true,
  }
  const api = access ? createControlApi({ ...deps, ...access }) : createOperationsApi(deps)
  return listenOn(api, settings)
}

/** Listens on the control port; a port that cannot be had is told as such. */
export async function listenOn(
  api: Parameters<typeof listenControl>[0],
  { controlHost: host, controlPort: port }: Pick<ServeSettings, 'controlHost' | 'controlPort'>,
) {
  try {
    return await listenControl(api, { host, port })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw portError(host, port, code ?? '', message)
  }
}
