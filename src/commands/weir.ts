import { join } from 'node:path'
import type { Logger } from 'pino'
import { Registry, collectDefaultMetrics } from 'prom-client'
import { type Contracts, openContracts } from '../control-plane/api/contracts.ts'
import { createControlApi } from '../control-plane/api/create-control-api.ts'
import { listenControl } from '../control-plane/api/listen.ts'
import { serverTokenCheck } from '../control-plane/api/server-tokens.ts'
import type { UsageReader } from '../control-plane/usage/usage-questions.ts'
import { createUsageReader } from '../control-plane/usage/usage-reader.ts'
import { type RunningGateway, startGateway } from '../data-plane/gateway/start-gateway.ts'
import { portError } from '../http/port-error.ts'
import { shownTime } from '../core/time/test-clock.ts'
import { operatorToken } from '../identity/operator-token.ts'
import { type Sealer, openSealer } from '../identity/sealing.ts'
import { hasApps } from '../store/apps.ts'
import { contractInForce } from '../store/contracts.ts'
import { lockDataDirectory } from '../store/data-lock.ts'
import { type Store, type StorePlace, openStore } from '../store/open-store.ts'
import { clientLimits } from './client-limit-options.ts'
import type { ServeSettings } from './settings.ts'
import { takeContractFile } from './take-contract-file.ts'
import { UsageError } from './usage-error.ts'
import { version } from './version.ts'

/** A whole Weir in one process: store, control plane and gateway threads, put together. */
export interface Weir {
  readonly gatewayUrl: string
  readonly controlUrl: string
  readonly threads: number
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

/** Starts Weir. Rejects with what stood in the way, in words for whoever started it; nothing runs then. */
export async function startWeir(settings: ServeSettings, parts: WeirParts): Promise<Weir> {
  const { env, log } = parts
  const clock = () => shownTime(settings.testClock, Date.now())
  const closers: (() => Promise<void>)[] = []
  try {
    const lock = lockDataDirectory(settings.data)
    closers.unshift(async () => lock.release())
    const operator = operatorToken({ dataDir: settings.data, env })
    const store = await openStore(storePlace(settings), error =>
      log.warn({ error: error.message }, 'a connection to the database was lost'),
    )
    closers.unshift(() => store.close())
    const sealer = openSealer({ dataDir: settings.data, env, isUsed: await hasApps(store.db) })
    for (const warning of [sealer.warning, operator.warning]) if (warning) log.warn({}, warning)
    const contracts = await openContracts({ store })
    const reloadContract = () => takeContract(settings, { store, contracts, clock, log })
    await reloadContract()
    const registry = new Registry()
    collectDefaultMetrics({ register: registry })
    const gateway = await startGateway(gatewaySettings(settings, env), {
      store,
      sealer,
      registry,
      clock,
      log,
      onFatal: parts.onFatal,
    })
    closers.unshift(() => gateway.drain(settings.drainSeconds * 1000))
    const usage = createUsageReader(storePlace(settings))
    closers.unshift(() => usage.close())
    const control = await startControl(settings, log, operator.token, {
      clock,
      store,
      usage,
      sealer,
      contracts,
      gateway,
      metrics: () => registry.metrics(),
    })
    closers.unshift(() => control.close())
    return {
      gatewayUrl: urlOf(settings.tlsCert === undefined ? 'http' : 'https', settings.host, gateway.port),
      controlUrl: urlOf('http', settings.controlHost, control.port),
      threads: gateway.threads,
      operatorToken: operator.token,
      operatorTokenIsNew: operator.created,
      reloadContract,
      reloadCertificate: () => gateway.reloadCertificate(),
      refresh: () => gateway.refresh(),
      stop: () => closeAll(closers),
    }
  } catch (error) {
    await closeAll(closers)
    throw error
  }
}

function storePlace({ data, databaseUrl }: ServeSettings): StorePlace {
  return databaseUrl === undefined ? { file: join(data, 'weir.db') } : { url: databaseUrl }
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
      'no contract yet: name one with --contract FILE; contracts/chat.yaml is ready to copy',
    )
  }
  const { upstream } = contracts.inForce().contract
  if (settings.upstream === undefined && upstream.urls.length === 0) {
    throw new UsageError('nowhere to send requests: name --upstream URL, or upstream.url in the contract')
  }
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

async function startControl(
  settings: ServeSettings,
  log: Logger,
  token: string,
  parts: Opened & {
    clock: () => number
    gateway: RunningGateway
    usage: UsageReader
    metrics: () => Promise<string>
  },
) {
  const { store, sealer, contracts, clock, gateway, usage, metrics } = parts
  const api = createControlApi({
    store,
    sealer,
    contracts,
    usage,
    clock,
    log,
    metrics,
    version,
    testClock: settings.testClock,
    logRequests: settings.logRequests,
    operatorToken: token,
    readRateLimits: async appId => gateway.readRateLimits(appId),
    verifyServerToken: serverTokenCheck({ store, sealer, contracts, clock }),
    ready: () => gateway.ready,
  })
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
