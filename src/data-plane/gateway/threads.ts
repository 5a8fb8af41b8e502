import { createServer } from 'node:net'
import { Worker } from 'node:worker_threads'
import type { Contract } from '../../core/contract/contract.ts'
import { type CounterMemory, releaseCounters } from '../counters/shared-memory.ts'
import type { PlanNumbers, PlanQuestion, PlanVerdict } from '../plans/plan-numbers.ts'
import type { Report } from '../recording/recorder.ts'
import { portError } from '../../http/port-error.ts'
import type { AppRecord, DirectoryUpdate } from './app-directory.ts'
import type { GatewayLog } from './gateway.ts'
import type { FromThread, ThreadStart, ToThread } from './thread.ts'

export interface ThreadsOptions {
  readonly count: number
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly memory: CounterMemory
  readonly settings: Omit<
    ThreadStart,
    'owner' | 'memory' | 'contract' | 'apps' | 'host' | 'port' | 'reusePort'
  >
  /** What a thread that starts later, in another's place, begins with. */
  readonly current: () => { readonly contract: Contract; readonly apps: readonly AppRecord[] }
  readonly plans: PlanNumbers
  readonly onReport: (report: Report) => void
  /** A thread has died too often: the process should end and be started anew by whoever keeps it. */
  readonly onFatal: (error: Error) => void
  readonly log: GatewayLog
}

/** The gateway threads of this process, on one port. */
export interface Threads {
  readonly port: number
  readonly count: number
  readonly openSockets: number
  /** True while every thread listens. */
  readonly listening: boolean
  /** Resolves when every thread that runs now goes by the change. */
  update(change: DirectoryUpdate): Promise<void>
  /** Ends all of them in order; resolves when each has sent its last report and gone. */
  drain(deadlineMs: number): Promise<void>
}

interface Thread {
  readonly owner: number
  readonly worker: Worker
  readonly ended: Promise<void>
  listening: boolean
  openSockets: number
  /** Updates it has not answered yet, by id. */
  readonly unanswered: Map<number, () => void>
}

/** A thread that dies is replaced; this many deaths within a minute are no accident any more. */
const DEATHS_A_MINUTE = 5

/** Starts the threads. Throws, with advice, if the port is taken or may not be used. */
export async function startThreads(options: ThreadsOptions): Promise<Threads> {
  const { log } = options
  await refuseTakenPort(options.host, options.port)
  const threads = new Map<number, Thread>()
  const deaths: number[] = []
  let draining = false
  let updates = 0

  const first = await start(1, options.port, options.count > 1)
  const count = options.count > 1 && !first.reusePort ? 1 : options.count
  if (count < options.count) log.warn({}, 'this system cannot share a port between threads: serving with one')
  await Promise.all(Array.from({ length: count - 1 }, (_, i) => start(i + 2, first.port, true)))

  async function start(owner: number, port: number, reusePort: boolean) {
    const result = await startOne(owner, port, reusePort)
    if (result.kind === 'listening') return { port: result.port, reusePort }
    if (reusePort && result.code === 'ENOTSUP')
      return { port: (await must(owner, port)).port, reusePort: false }
    throw portError(options.host, port, result.code, result.message)
  }

  async function must(owner: number, port: number) {
    const result = await startOne(owner, port, false)
    if (result.kind === 'listening') return result
    throw portError(options.host, port, result.code, result.message)
  }

  function startOne(owner: number, port: number, reusePort: boolean): Promise<FromThread & Began> {
    const { memory, host, settings } = options
    const workerData: ThreadStart = {
      ...settings,
      ...options.current(),
      owner,
      memory,
      host,
      port,
      reusePort,
    }
    const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData })
    return new Promise((resolve, reject) => {
      const ended = new Promise<void>(resolveEnded => worker.once('exit', () => resolveEnded()))
      const thread: Thread = { owner, worker, ended, listening: false, openSockets: 0, unanswered: new Map() }
      worker.on('message', (message: FromThread) => {
        if (message.kind === 'report') {
          thread.openSockets = message.openSockets
          if (message.report) options.onReport(message.report)
        } else if (message.kind === 'reserve') {
          void reserve(worker, message.id, message.question)
        } else if (message.kind === 'settled') {
          options.plans.settle(message.question, message.became)
        } else if (message.kind === 'socket-closed') {
          options.plans.closed(message.socket)
        } else if (message.kind === 'updated') {
          thread.unanswered.get(message.id)?.()
          thread.unanswered.delete(message.id)
        } else if (message.kind === 'listening') {
          thread.listening = true
          threads.set(owner, thread)
          resolve(message)
        } else if (message.kind === 'not-listening') {
          resolve(message)
          void worker.terminate()
        }
      })
      worker.once('error', error => {
        log.error({ err: error, thread: owner }, 'a gateway thread died')
        reject(error)
      })
      worker.once('exit', () => {
        // The thread that takes its place starts with what holds then.
        for (const answered of thread.unanswered.values()) answered()
        if (!thread.listening || draining) return
        threads.delete(owner)
        options.plans.threadEnded(owner)
        releaseCounters(memory, owner)
        replace(owner, reusePort)
      })
    })
  }

  async function reserve(worker: Worker, id: number, question: PlanQuestion): Promise<void> {
    let verdict: PlanVerdict = 'within'
    try {
      verdict = await options.plans.reserve(question)
    } catch (error) {
      // Refusing a customer's users because our own store is away would be an outage of our making.
      log.error({ err: error }, 'plan numbers cannot be read: the request passes')
    }
    worker.postMessage({ kind: 'reserved', id, verdict } satisfies ToThread)
  }

  function replace(owner: number, reusePort: boolean): void {
    const now = performance.now()
    deaths.push(now)
    while (deaths[0]! < now - 60_000) deaths.shift()
    if (deaths.length >= DEATHS_A_MINUTE) {
      options.onFatal(new Error('gateway threads keep dying; the log says why'))
      return
    }
    start(owner, first.port, reusePort).catch((error: unknown) => options.onFatal(error as Error))
  }

  async function update(change: DirectoryUpdate): Promise<void> {
    const id = ++updates
    const answers = [...threads.values()].map(
      ({ worker, unanswered }) =>
        new Promise<void>(resolve => {
          unanswered.set(id, resolve)
          worker.postMessage({ kind: 'update', id, change } satisfies ToThread)
        }),
    )
    await Promise.all(answers)
  }

  return {
    port: first.port,
    count,
    get openSockets() {
      return [...threads.values()].reduce((sum, thread) => sum + thread.openSockets, 0)
    },
    get listening() {
      return !draining && threads.size === count
    },
    update,
    async drain(deadlineMs) {
      draining = true
      for (const { worker } of threads.values()) {
        worker.postMessage({ kind: 'drain', deadlineMs } satisfies ToThread)
      }
      await Promise.all([...threads.values()].map(({ ended }) => ended))
    },
  }
}

type Began = { readonly kind: 'listening' | 'not-listening' }

/**
 * Shared ports have a trap: a second Weir would quietly take half of the first one's traffic. So the port is
 * asked for alone before it is shared.
 */
async function refuseTakenPort(host: string, port: number): Promise<void> {
  if (port === 0) return
  const probe = createServer()
  await new Promise<void>((resolve, reject) => {
    probe.once('error', (error: NodeJS.ErrnoException) =>
      reject(portError(host, port, error.code ?? '', error.message)),
    )
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve()))
  })
}
