import { join } from 'node:path'
import type { Logger } from 'pino'
import { Registry, collectDefaultMetrics } from 'prom-client'
import { type Agreements, createAgreements } from '../control-plane/invoicing/agreement.ts'
import { type Contracts, openContracts } from '../control-plane/api/contracts.ts'
import type { ControlDeps } from '../control-plane/api/deps.ts'
import { createControlApi, createOperationsApi } from '../control-plane/api/create-control-api.ts'
import { followContract } from '../control-plane/api/follow-contract.ts'
import { listenControl } from '../control-plane/api/listen.ts'
import { serverTokenCheck } from '../control-plane/api/server-tokens.ts'
import { createBudgetBoard } from '../control-plane/budgets/budget-board.ts'
import { addStoreMetrics } from '../control-plane/budgets/store-metrics.ts'
import { type ChannelOptions, startChannels } from '../control-plane/channels/start-channels.ts'
import { invoicePdf } from '../control-plane/documents/invoice-pdf.ts'
import { invoiceUbl } from '../control-plane/documents/invoice-ubl.ts'
import { invoicesCsv } from '../control-plane/documents/invoices-csv.ts'
import { whyNoUbl } from '../control-plane/documents/why-no-ubl.ts'
import type { InvoiceFormats } from '../control-plane/invoicing/invoice-formats.ts'
import type { UsageReader } from '../control-plane/usage/usage-questions.ts'
import { createUsageReader } from '../control-plane/usage/usage-reader.ts'
import { type GatewayParts, type RunningGateway, startGateway } from '../data-plane/gateway/start-gateway.ts'
import { portError } from '../http/port-error.ts'
import { shownTime } from '../core/time/test-clock.ts'
import type { EvidenceKey } from '../identity/evidence-key.ts'
import type { Sealer } from '../identity/sealing.ts'
import { contractInForce } from '../store/contracts.ts'
import { lockDataDirectory } from '../store/data-lock.ts'
import { releaseDeliveries } from '../store/deliveries.ts'
import { releaseRuns } from '../store/job-runs.ts'
import { type Store, openStore } from '../store/open-store.ts'
import { clientLimits } from './client-limit-options.ts'
import { startJobs } from './jobs.ts'
import { openNodeEvidenceKey } from './evidence-access.ts'
import { openStoreKey } from './keys.ts'
import { openOperatorToken } from './operator-access.ts'
import type { ServeSettings } from './settings.ts'
import { startStatus } from './start-status.ts'
import { storePlace } from './store-place.ts'
import { takeContractFile } from './take-contract-file.ts'
import { UsageError } from './usage-error.ts'
import { version } from './version.ts'

/** A whole Weir in one process: store, control plane and gateway threads, put together. */
export interface Weir {
  /** Empty on a node that has no gateway. */
  readonly gatewayUrl: string
  /** On a node that is only a gateway, health and metrics alone. */
  readonly controlUrl: string
  readonly threads: number
  /** Empty on a node that is only a gateway. */
  readonly operatorToken: string
  /** True if this start made the token: then it has to be shown, once. */
  readonly operatorTokenIsNew: boolean
  /** Reads the contract file again, as at the start. Rejects with a UsageError if it has mistakes. */
  reloadContract(): Promise<void>
  /** Reads the certificate's files again; a pair that does not hold is logged, and the one in use stays. */
  reloadCertificate(): void
  /** Takes over at once what has changed in the store; without this it takes a moment. */
  refresh(): Promise<void>
  /** Ends in order: nothing new is accepted, what runs is finished, everything recorded is written. */
  stop(): Promise<void>
}

export interface WeirParts {
  readonly env: NodeJS.ProcessEnv
  readonly log: Logger
  readonly onFatal: (error: Error) => void
}

/** What is open, so that it can be closed again in the opposite order. */
interface Opened {
  readonly store: Store
  readonly sealer: Sealer
  readonly contracts: Contracts
}

/** Invoices as PDF, UBL and CSV. */
const invoiceFormats: InvoiceFormats = { pdf: invoicePdf, ubl: invoiceUbl, whyNoUbl, csv: invoicesCsv }

/** Starts Weir. Rejects with what stood in the way, in words for whoever started it; nothing runs then. */
export async function startWeir(settings: ServeSettings, parts: WeirParts): Promise<Weir> {
  const { env, log } = parts
  const clock = () => shownTime(settings.testClock, Date.now())
  const closers: (() => Promise<void>)[] = []
  try {
    refuseLoneRole(settings)
    const lock = lockDataDirectory(settings.data)
    closers.unshift(async () => lock.release())
    const store = await openStore(storePlace(settings), error =>
      log.warn({ error: error.message }, 'a connection to the database was lost'),
    )
    closers.unshift(() => store.close())
    const sealer = await openStoreKey(settings, env, store)
    const evidenceKey = await openNodeEvidenceKey(settings, { env, store, sealer, log })
    for (const warning of [sealer.warning, evidenceKey?.warning]) if (warning) log.warn({}, warning)
    const operator = await openOperatorToken(settings, { env, store, sealer, log })
    const contracts = await openContracts({ store })
    const reloadContract = () => takeContract(settings, { store, contracts, clock, log })
    await reloadContract()
    const following = followContract(contracts, log)
    closers.unshift(() => following.stop())
    const agreements = createAgreements()
    const { testClock } = settings
    const registry = new Registry()
    collectDefaultMetrics({ register: registry })
    const gateway = await startOwnGateway(settings, env, {
      store,
      sealer,
      registry,
      clock,
      log,
      onFatal: parts.onFatal,
    })
    if (gateway) closers.unshift(() => gateway.drain(settings.drainSeconds * 1000))
    const usage = createUsageReader(storePlace(settings))
    closers.unshift(() => usage.close())
    let access: ControlAccess | undefined
    let readStoreMetrics = async () => {}
    if (operator !== undefined && evidenceKey !== undefined) {
      // A file is this process's alone: whoever held a delivery or a job before is dead.
      if (settings.databaseUrl === undefined) {
        await releaseDeliveries(store.db)
        await releaseRuns(store.db)
      }
      const channels = startChannels(channelOptions(settings, { store, sealer, registry, clock, log }))
      closers.unshift(() => channels.stop())
      const { mails } = channels
      const status = startStatus(settings, { store, usage, contracts, clock, log })
      closers.unshift(() => status.stop())
      access = { operatorToken: operator.token, mails, ...status }
      const budgets = createBudgetBoard({
        reader: usage,
        realClock: Date.now,
        onError: error => log.warn({ err: error }, 'the error budgets could not be read'),
      })
      readStoreMetrics = addStoreMetrics(registry, { db: store.db, budgets, clock, log })
      const jobs = startJobs(settings, {
        store,
        sealer,
        contracts,
        agreements,
        usage,
        testClock,
        registry,
        clock,
        log,
        mails,
        evidenceKey,
        budgets,
      })
      closers.unshift(() => jobs.stop())
    }
    const control = await startControl(settings, log, access, {
      clock,
      store,
      usage,
      sealer,
      evidenceKey,
      contracts,
      agreements,
      gateway,
      async metrics() {
        await readStoreMetrics()
        return registry.metrics()
      },
    })
    closers.unshift(() => control.close())
    return {
      gatewayUrl: gateway ? urlOf(settings.tlsCert ? 'https' : 'http', settings.host, gateway.port) : '',
      controlUrl: urlOf('http', settings.controlHost, control.port),
      threads: gateway?.threads ?? 0,
      operatorToken: operator?.token ?? '',
      operatorTokenIsNew: operator?.created ?? false,
      reloadContract,
      reloadCertificate: () => gateway?.reloadCertificate(),
      refresh: async () => gateway?.refresh(),
      stop: () => closeAll(closers),
    }
  } catch (error) {
    await closeAll(closers)
    throw error
  }
}

/** Nodes of one role meet the others in the store, so it has to be one that they can share. */
function refuseLoneRole({ role, databaseUrl, contract }: ServeSettings): void {
  if (role !== 'all' && databaseUrl === undefined) {
    throw new UsageError(
      `--role ${role} needs a store that nodes share: name a Postgres database with --database-url, or leave ` +
        '--role out',
    )
  }
  if (role === 'gateway' && contract !== undefined) {
    throw new UsageError('a gateway takes the contract from the database: give --contract to a control node')
  }
}

async function startOwnGateway(settings: ServeSettings, env: NodeJS.ProcessEnv, parts: GatewayParts) {
  if (settings.role === 'control') return undefined
  if (settings.databaseUrl !== undefined) {
    parts.log.warn({}, 'limits are counted by each gateway node for itself: two nodes grant them twice')
  }
  return startGateway(gatewaySettings(settings, env), parts)
}

async function closeAll(closers: (() => Promise<void>)[]): Promise<void> {
  for (const close of closers.splice(0)) await close()
}

async function takeContract(
  settings: ServeSettings,
  parts: Omit<Opened, 'sealer'> & { clock: () => number; log: Logger },
): Promise<void> {
  const { store, contracts } = parts
  if (settings.contract !== undefined) await takeContractFile(settings.contract, parts)
  else if (!(await contractInForce(store.db))) {
    throw new UsageError(
      settings.role === 'gateway'
        ? 'no contract yet: start a control node with --contract FILE on this database first'
        : 'no contract yet: name one with --contract FILE; contracts/chat.yaml is ready to copy',
    )
  }
  if (settings.role === 'control') return
  const { upstream } = contracts.inForce().contract
  if (settings.upstream === undefined && upstream.urls.length === 0) {
    throw new UsageError('nowhere to send requests: name --upstream URL, or upstream.url in the contract')
  }
}

type ChannelParts = Pick<ChannelOptions, 'sealer' | 'registry' | 'clock' | 'log'> & { readonly store: Store }

function channelOptions(settings: ServeSettings, { store, ...parts }: ChannelParts): ChannelOptions {
  const { allowPrivateWebhooks: allowPrivate, smtpUrl, mailFrom, alertMail: alertAddresses } = settings
  const mail = { smtpUrl, mailFrom, alertAddresses }
  return { ...parts, ...mail, db: store.db, realClock: Date.now, version, allowPrivate }
}

function gatewaySettings(settings: ServeSettings, env: NodeJS.ProcessEnv) {
  const { host, port, threads, counters, logLevel, logRequests, testClock } = settings
  return {
    host,
    port,
    threads,
    counters,
    logLevel,
    logRequests,
    testClock,
    upstreamUrls: settings.upstream ?? [],
    upstreamKey: env['WEIR_UPSTREAM_KEY'] || undefined,
    pingIntervalMs: settings.pingSeconds * 1000,
    clientLimits: clientLimits(settings),
    trustProxy: settings.trustProxy,
    tls: tlsFiles(settings),
    spoolDirectory: join(settings.data, 'spool'),
    spoolBytes: settings.spoolMib * 2 ** 20,
  }
}

function tlsFiles({ tlsCert: cert, tlsKey: key }: ServeSettings) {
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined)
    throw new UsageError('--tls-key stands alone: name its certificate with --tls-cert FILE')
  if (key === undefined) throw new UsageError('--tls-cert stands alone: name its key with --tls-key FILE')
  return { cert, key }
}

/** What a node with a control API has, and a gateway does not. */
type ControlAccess = Pick<ControlDeps, 'operatorToken' | 'mails' | 'status' | 'evidence'>

async function startControl(
  settings: ServeSettings,
  log: Logger,
  access: ControlAccess | undefined,
  parts: Opened & {
    agreements: Agreements
    clock: () => number
    evidenceKey: EvidenceKey | undefined
    gateway: RunningGateway | undefined
    usage: UsageReader
    metrics: () => Promise<string>
  },
) {
  const { store, sealer, evidenceKey, contracts, agreements, clock, gateway, usage, metrics } = parts
  const deps = {
    store,
    sealer,
    contracts,
    agreements,
    invoiceFormats,
    usage,
    clock,
    log,
    metrics,
    version,
    testClock: settings.testClock,
    logRequests: settings.logRequests,
    readRateLimits: async (appId: string) => gateway?.readRateLimits(appId),
    allowPrivateWebhooks: settings.allowPrivateWebhooks,
    publicUrl: settings.publicUrl,
    verifyServerToken: serverTokenCheck({ store, sealer, contracts, clock }),
    ready: () => gateway?.ready ?? true,
  }
  const api =
    access && evidenceKey ? createControlApi({ ...deps, ...access, evidenceKey }) : createOperationsApi(deps)
  const { controlHost: host, controlPort: port } = settings
  try {
    return await listenControl(api, { host, port })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw portError(host, port, code ?? '', message)
  }
}

/** The address to paste: nobody can open 0.0.0.0. */
function urlOf(scheme: 'http' | 'https', host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}`
}
