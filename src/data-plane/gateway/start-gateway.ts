import { randomBytes } from 'node:crypto'
import type { Registry } from 'prom-client'
import type { TestClock } from '../../core/time/test-clock.ts'
import type { Sealer } from '../../identity/sealing.ts'
import type { Store } from '../../store/open-store.ts'
import { activeUsers } from '../../store/active-users.ts'
import { createCounterMemory, openCounters } from '../counters/shared-memory.ts'
import { createPlanNumbers } from '../plans/plan-numbers.ts'
import { type AppRecord, type DirectoryUpdate, createAppDirectory } from '../decide/app-directory.ts'
import type { TlsFiles } from './certificate.ts'
import { keepCertificate } from './certificate-keeper.ts'
import { startRecording } from '../recording/start-recording.ts'
import type { ClientLimits } from './client-limits.ts'
import { createDirectoryFeed } from './directory-feed.ts'
import type { GatewayLog } from './gateway.ts'
import { type RateLimits, readRateLimits } from '../decide/inspection.ts'
import { createGatewayMetrics } from './metrics.ts'
import { createPeerMemory, openConnections } from './peer-counts.ts'
import { type Threads, startThreads } from './threads.ts'

export interface GatewaySettings {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly threads: number
  /** Room for this many counters at once. */
  readonly counters: number
  /** Wins over the contract's; empty: the contract's hold. */
  readonly upstreamUrls: readonly string[]
  readonly upstreamKey: string | undefined
  readonly pingIntervalMs: number
  readonly clientLimits: ClientLimits
  /** Networks of proxies whose word about a client holds, as `readCidr` takes them. */
  readonly trustProxy: readonly string[]
  /** With files the port speaks TLS alone. */
  readonly tls: TlsFiles | undefined
  readonly logLevel: string
  readonly logRequests: boolean
  /** undefined: the system's. */
  readonly testClock: TestClock | undefined
  /** Where usage waits on disk until the store has it, and how much of it may. */
  readonly spoolDirectory: string
  readonly spoolBytes: number
}

export interface GatewayParts {
  readonly store: Store
  readonly sealer: Sealer
  readonly registry: Registry
  readonly clock: () => number
  readonly log: GatewayLog
  readonly onFatal: (error: Error) => void
}

/** The gateway of this process, as the main thread holds it. */
export interface RunningGateway {
  readonly port: number
  readonly threads: number
  /** True while every thread listens and none hangs, until it drains. */
  readonly ready: boolean
  /** Takes over at once what has changed in the store; resolves when every thread goes by it. */
  refresh(): Promise<void>
  /** Reads the certificate's files again, as after a change of them. */
  reloadCertificate(): void
  /** What an app's inspection would show; undefined for an app that is not known. */
  readRateLimits(appId: string): RateLimits | undefined
  /** Stops accepting, lets running requests end, closes WebSockets, writes what was recorded. */
  drain(deadlineMs: number): Promise<void>
}

/** How soon a change in the store is seen; with the message to the threads, well within a second. */
const POLL_MS = 200
const REPORT_EVERY_MS = 500
const FLUSH_MS = 10_000
/** The lock's owners are positive; the threads count from 1. */
const MAIN_OWNER = 0x7fffffff

/**
 * Starts the gateway on what the store holds: the contract in force and the apps. Throws if there is no
 * contract yet, if the port cannot be had, or (a CertificateError) if the certificate cannot be served with.
 */
export async function startGateway(settings: GatewaySettings, parts: GatewayParts): Promise<RunningGateway> {
  const { store, clock, log } = parts
  const feed = createDirectoryFeed({ db: store.db, sealer: parts.sealer, clock })
  const first = await feed.changed()
  if (!first.contract) throw new Error('the store holds no contract')
  const key = randomBytes(8)
  const hashKey = { k0: key.readInt32LE(0), k1: key.readInt32LE(4) }
  const memory = createCounterMemory({ slots: settings.counters, hashKey })
  const peerMemory = createPeerMemory(settings.threads, hashKey)
  const counters = openCounters(memory, { owner: MAIN_OWNER, clock })
  const directory = createAppDirectory(first.contract, counters)
  const apps = new Map<string, AppRecord>()
  let threads: Threads | undefined = undefined
  const certificates =
    settings.tls &&
    keepCertificate(settings.tls, { clock, log, onChanged: changed => threads?.useCertificate(changed) })
  const metrics = createGatewayMetrics(parts.registry, {
    openSockets: () => threads?.openSockets ?? 0,
    openConnections: () => openConnections(peerMemory),
    occupancy: () => counters.occupancy(),
    recording: () => recording.figures,
    certificateNotAfterMs: () => certificates?.current.notAfterMs,
  })
  const recording = await startRecording({
    ...parts,
    testClock: settings.testClock,
    spoolDirectory: settings.spoolDirectory,
    spoolBytes: settings.spoolBytes,
    onDropped: batches => metrics.batchesDropped(batches),
    onDiskError: () => metrics.spoolFailed(),
    threads: () => threads?.count ?? settings.threads,
  }).catch((error: unknown) => {
    certificates?.close()
    throw error
  })
  const plans = createPlanNumbers(async (organizationId, month) => {
    // What was recorded but not yet written counts too.
    await recording.flush(FLUSH_MS)
    const users = await activeUsers(store.db, organizationId, month)
    return users.map(({ userKey }) => userKey)
  })

  async function take(change: DirectoryUpdate): Promise<void> {
    if (!change.contract && change.apps.length === 0) return
    for (const app of change.apps) {
      apps.set(app.id, app)
    }
    directory.update(change)
    if (change.contract) log.info({ contract: change.contract.name }, 'another version of the contract holds')
    await threads?.update(change)
    // Under the plans that held before nobody kept count; by now every thread has told whom it saw.
    plans.forgetUsers()
  }

  const refresh = async () => take(await feed.changed())

  await take({ apps: first.apps })
  const starting = startThreads({
    count: settings.threads,
    host: settings.host,
    port: settings.port,
    memory,
    settings: { ...settings, peerMemory, storeOffset: recording.storeOffset, reportEveryMs: REPORT_EVERY_MS },
    current: () => ({
      contract: directory.inForce.contract,
      apps: [...apps.values()],
      certificate: certificates?.current,
    }),
    plans,
    onReport(report, thread) {
      metrics.add(report)
      recording.add(thread, report)
    },
    onHeard: (heard, thread) => recording.heard(thread, heard),
    onThreadEnded(thread, cause) {
      metrics.threadEnded(cause)
      recording.threadEnded(thread)
    },
    onFatal: parts.onFatal,
    log,
  })
  threads = await starting.catch(async (error: unknown) => {
    certificates?.close()
    await recording.stop(0)
    throw error
  })
  const polling = pollEvery(POLL_MS, refresh, log)

  const running = threads
  return {
    port: running.port,
    threads: running.count,
    get ready() {
      return running.ready
    },
    refresh: polling.now,
    reloadCertificate: () => certificates?.reload(),
    readRateLimits(appId) {
      const app = directory.byId(appId)
      if (!app) return undefined
      return readRateLimits(app, directory.inForce.contract, counters, { platforms: [], endpoints: [] })
    },
    async drain(deadlineMs) {
      certificates?.close()
      await running.drain(deadlineMs)
      await polling.stop()
      await recording.stop(FLUSH_MS)
    },
  }
}

/** Runs `task` again and again, `everyMs` after it last ended; never twice at a time. */
function pollEvery(everyMs: number, task: () => Promise<void>, log: GatewayLog) {
  let stopped = false
  let failing = false
  let timer: NodeJS.Timeout | undefined
  let current = Promise.resolve()

  async function once(): Promise<void> {
    try {
      await task()
      if (failing) log.info({}, 'the store can be read again')
      failing = false
    } catch (error) {
      if (!failing) log.error({ err: error }, 'the store cannot be read: serving from what was known last')
      failing = true
    }
  }
  function now(): Promise<void> {
    clearTimeout(timer)
    current = current.then(once).then(schedule)
    return current
  }
  function schedule(): void {
    clearTimeout(timer)
    if (!stopped) timer = setTimeout(() => void now(), everyMs)
  }

  schedule()
  return {
    now,
    async stop() {
      stopped = true
      clearTimeout(timer)
      await current
    },
  }
}
