import type { Logger } from 'pino'
import { Registry, collectDefaultMetrics } from 'prom-client'
import { type Contracts, openContracts } from '../control-plane/api/contracts.ts'
import { followContract } from '../control-plane/api/follow-contract.ts'
import { createAgreements } from '../control-plane/invoicing/agreement.ts'
import { createUsageReader } from '../control-plane/usage/usage-reader.ts'
import { shownTime } from '../core/time/test-clock.ts'
import { contractInForce } from '../store/contracts.ts'
import { lockDataDirectory } from '../store/data-lock.ts'
import { type Store, openStore } from '../store/open-store.ts'
import { startControl } from './control-listener.ts'
import { startControlWork } from './control-work.ts'
import { openNodeEvidenceKey } from './evidence-access.ts'
import { readInvoiceFonts } from './invoice-fonts.ts'
import { openStoreKey } from './keys.ts'
import { openOperatorToken } from './operator-access.ts'
import { startOwnGateway } from './own-gateway.ts'
import type { ServeSettings } from './settings.ts'
import { storePlace } from './store-place.ts'
import { takeContractFile } from './take-contract-file.ts'
import { UsageError } from './usage-error.ts'

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

/** Starts Weir. Rejects with what stood in the way, in words for whoever started it; nothing runs then. */
export async function startWeir(settings: ServeSettings, parts: WeirParts): Promise<Weir> {
  const { env, log } = parts
  const clock = () => shownTime(settings.testClock, Date.now())
  const closers: (() => Promise<void>)[] = []
  try {
    refuseLoneRole(settings)
    const invoiceFonts = readInvoiceFonts(settings.invoiceFont)
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
    const registry = new Registry()
    collectDefaultMetrics({ register: registry })
    const shared = { store, sealer, registry, clock, log }
    const gateway = await startOwnGateway(settings, env, { ...shared, onFatal: parts.onFatal })
    let draining: Promise<void> | undefined
    const drain = async () => (draining ??= gateway?.drain(settings.drainSeconds * 1000))
    closers.unshift(drain)
    const usage = createUsageReader(storePlace(settings))
    closers.unshift(() => usage.close())
    const common = { ...shared, contracts, agreements, usage }
    const onClose = (close: () => Promise<void>) => void closers.unshift(close)
    const work =
      operator && evidenceKey && (await startControlWork(settings, { ...common, evidenceKey, onClose }))
    const access = work && { ...work, operatorToken: operator.token, evidenceKey }
    const control = await startControl(settings, access, {
      ...common,
      gateway,
      invoiceFonts,
      async metrics() {
        await work?.readStoreMetrics()
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
      // Draining takes its time from now on, whatever else ends meanwhile.
      stop: async () => void (await Promise.all([drain(), closeAll(closers)])),
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

async function closeAll(closers: (() => Promise<void>)[]): Promise<void> {
  for (const close of closers.splice(0)) await close()
}

async function takeContract(
  settings: ServeSettings,
  parts: { store: Store; contracts: Contracts; clock: () => number; log: Logger },
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

/** The address to paste: nobody can open 0.0.0.0. */
function urlOf(scheme: 'http' | 'https', host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}`
}
