import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { Contract } from '../../core/contract/contract.ts'
import { type TestClock, shownTime } from '../../core/time/test-clock.ts'
import { createLog } from '../../http/log.ts'
import { type CounterMemory, openCounters } from '../counters/shared-memory.ts'
import { createPlanGate } from '../plans/plan-gate.ts'
import type { PlanNumbers, PlanQuestion, PlanSocket, PlanVerdict } from '../plans/plan-numbers.ts'
import type { Heard } from '../recording/node-beats.ts'
import { type Report, createRecorder } from '../recording/recorder.ts'
import { type AppRecord, type DirectoryUpdate, createAppDirectory } from '../decide/app-directory.ts'
import type { Certificate } from './certificate.ts'
import type { ClientLimits } from './client-limits.ts'
import { createGateway } from './gateway.ts'
import { type PeerMemory, openPeerCounts } from './peer-counts.ts'
import { type Upstreams, createUpstreams } from './upstreams.ts'

/** What a gateway thread is started with. */
export interface ThreadStart {
  /** From 1; unique among the threads that share the counters. */
  readonly owner: number
  readonly memory: CounterMemory
  readonly peerMemory: PeerMemory
  /** One 32-bit number: what to add to this machine's clock to have the store's, in milliseconds. */
  readonly storeOffset: SharedArrayBuffer
  readonly contract: Contract
  readonly apps: readonly AppRecord[]
  readonly host: string
  readonly port: number
  readonly reusePort: boolean
  /** Wins over the contract's; empty: the contract's hold. */
  readonly upstreamUrls: readonly string[]
  readonly upstreamKey: string | undefined
  readonly pingIntervalMs: number
  readonly clientLimits: ClientLimits
  readonly trustProxy: readonly string[]
  /** With one the port speaks TLS alone. */
  readonly certificate: Certificate | undefined
  readonly reportEveryMs: number
  readonly logLevel: string
  readonly logRequests: boolean
  readonly testClock: TestClock | undefined
}

export type ToThread =
  | { readonly kind: 'update'; readonly id: number; readonly change: DirectoryUpdate }
  | { readonly kind: 'reserved'; readonly id: number; readonly verdict: PlanVerdict }
  | { readonly kind: 'certificate'; readonly certificate: Certificate }
  | { readonly kind: 'drain'; readonly deadlineMs: number }

export type FromThread =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'not-listening'; readonly code: string; readonly message: string }
  | { readonly kind: 'updated'; readonly id: number }
  | {
      readonly kind: 'report'
      readonly report: Report | undefined
      readonly openSockets: number
      /** When it was made: then this thread went round. */
      readonly heard: Heard
    }
  | { readonly kind: 'reserve'; readonly id: number; readonly question: PlanQuestion }
  | {
      readonly kind: 'settled'
      readonly question: PlanQuestion
      readonly became: Parameters<PlanNumbers['settle']>[1]
    }
  | { readonly kind: 'socket-opened' | 'socket-closed'; readonly socket: PlanSocket }

if (parentPort) run(workerData as ThreadStart, parentPort)

/** One gateway thread: listens on the shared port, reports what it saw, takes changes as they come. */
function run(start: ThreadStart, main: MessagePort): void {
  const clock = start.testClock ? () => shownTime(start.testClock, Date.now()) : Date.now
  const log = createLog({ level: start.logLevel }).child({ thread: start.owner })
  const counters = openCounters(start.memory, { owner: start.owner, clock })
  const directory = createAppDirectory(start.contract, counters)
  directory.update({ apps: start.apps })
  const storeOffset = new Int32Array(start.storeOffset)
  const storeOffsetMs = () => Atomics.load(storeOffset, 0)
  const recorder = createRecorder({ storeOffsetMs, clockSpeed: start.testClock?.speed ?? 1 })
  let upstreams = upstreamsFor(start.contract)
  const post = (message: FromThread) => main.postMessage(message)
  const reserving = new Map<number, (verdict: PlanVerdict) => void>()
  let reservations = 0
  const plans = createPlanGate({
    reserve: question =>
      new Promise(resolve => {
        const id = ++reservations
        reserving.set(id, resolve)
        post({ kind: 'reserve', id, question })
      }),
    settle: (question, became) => post({ kind: 'settled', question, became }),
    opened: socket => post({ kind: 'socket-opened', socket }),
    closed: socket => post({ kind: 'socket-closed', socket }),
  })
  const gateway = createGateway({
    plans,
    thread: start.owner,
    directory,
    counters,
    recorder,
    upstreams: () => upstreams,
    clock,
    log,
    logRequests: start.logRequests,
    upstreamKey: start.upstreamKey,
    pingIntervalMs: start.pingIntervalMs,
    clientLimits: start.clientLimits,
    trustProxy: start.trustProxy,
    certificate: start.certificate,
    peers: openPeerCounts(start.peerMemory, start.owner, start.clientLimits),
  })
  // To the very end: a thread that drains and says nothing would be taken for one that hangs.
  setInterval(report, start.reportEveryMs)

  function upstreamsFor({ upstream }: Contract): Upstreams {
    const urls = start.upstreamUrls.length > 0 ? start.upstreamUrls : upstream.urls
    return createUpstreams(urls, { timeoutMs: upstream.timeoutMs, clock })
  }

  function report(): void {
    const heard = { realMs: Number(process.hrtime.bigint()) / 1e6, atMs: clock() + storeOffsetMs() }
    post({ kind: 'report', report: recorder.take(), openSockets: gateway.sockets.count, heard })
  }

  function update(change: DirectoryUpdate): void {
    // What was seen under the old plans is told before anything is asked under the new ones.
    report()
    const before = directory.inForce.contract.upstream
    directory.update(change)
    for (const { id, suspended } of change.apps) if (suspended) gateway.sockets.closeApp(id, 1008)
    const after = directory.inForce.contract.upstream
    if (JSON.stringify(before) === JSON.stringify(after)) return
    const replaced = upstreams
    upstreams = upstreamsFor(directory.inForce.contract)
    replaced.retire().catch((error: unknown) => log.error({ err: error }, 'an upstream could not be left'))
  }

  async function drain(deadlineMs: number): Promise<void> {
    await gateway.drain(deadlineMs)
    report()
    await upstreams.retire()
    // Whoever left before the answer is counted by what the upstream did, and that is known only now.
    report()
    // All that had to be waited for has ended: a connection that somebody forgot must not keep the thread. What was
    // posted arrives first.
    process.exit()
  }

  main.on('message', (message: ToThread) => {
    if (message.kind === 'update') {
      update(message.change)
      post({ kind: 'updated', id: message.id })
    } else if (message.kind === 'reserved') {
      reserving.get(message.id)?.(message.verdict)
      reserving.delete(message.id)
    } else if (message.kind === 'certificate') gateway.useCertificate(message.certificate)
    else drain(message.deadlineMs).catch((error: unknown) => log.error({ err: error }, 'draining failed'))
  })
  gateway.server.once('error', (error: NodeJS.ErrnoException) => {
    post({ kind: 'not-listening', code: error.code ?? '', message: error.message })
  })
  gateway.server.listen({ port: start.port, host: start.host, reusePort: start.reusePort }, () => {
    post({ kind: 'listening', port: (gateway.server.address() as { port: number }).port })
    report()
  })
}
