import { createServer } from 'node:net'
import { portError } from '../../http/port-error.ts'
import { type CounterMemory, releaseCounters } from '../counters/shared-memory.ts'
import type { DirectoryUpdate } from '../decide/app-directory.ts'
import type { Heard } from '../recording/node-beats.ts'
import type { Certificate } from './certificate.ts'
import { type ThreadHandle, type ThreadListeners, startThread } from './thread-handle.ts'
import { createThreadWatch } from './thread-watch.ts'
import type { ThreadStart } from './thread.ts'
import { releasePeerCounts } from './peer-counts.ts'

export interface ThreadsOptions extends ThreadListeners {
  readonly count: number
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly memory: CounterMemory
  readonly settings: Omit<
    ThreadStart,
    'owner' | 'memory' | 'contract' | 'apps' | 'certificate' | 'host' | 'port' | 'reusePort'
  >
  /** What a thread that starts later, in another's place, begins with. */
  readonly current: () => Pick<ThreadStart, 'contract' | 'apps' | 'certificate'>
  /** A thread has ended, and all that it had open with it; it has reported all that it ever will. */
  readonly onThreadEnded: (owner: number, cause: EndOfThread) => void
  /** A thread has died too often: the process should end and be started anew by whoever keeps it. */
  readonly onFatal: (error: Error) => void
}

/** It died of an error, or it hung and was ended. */
export type EndOfThread = 'died' | 'hung'

/** The gateway threads of this process, on one port. */
export interface Threads {
  readonly port: number
  readonly count: number
  readonly openSockets: number
  /** True while every thread listens and none hangs. */
  readonly ready: boolean
  /** Resolves when every thread that runs now goes by the change. */
  update(change: DirectoryUpdate): Promise<void>
  /** Every thread serves new connections with it from now on. */
  useCertificate(certificate: Certificate): void
  /** Ends all of them in order; resolves when each has sent its last report and gone. */
  drain(deadlineMs: number): Promise<void>
}

/** A thread that dies is replaced; this many deaths within a minute are no accident any more. */
const DEATHS_A_MINUTE = 5

/** Starts the threads. Rejects, with advice, if the port is taken or may not be used. */
export async function startThreads(options: ThreadsOptions): Promise<Threads> {
  const { host, log } = options
  await refuseTakenPort(host, options.port)
  /** Those that run or are about to, by owner. */
  const threads = new Map<number, ThreadHandle>()
  const deaths: number[] = []
  const hung = new Set<number>()
  const watch = createThreadWatch(owner => {
    log.error({ thread: owner }, 'a gateway thread hangs: it is ended, and another starts in its place')
    hung.add(owner)
    threads.get(owner)?.end()
  })
  let draining = false

  const first = await start(1, options.port, options.count > 1)
  const count = first.reusePort ? options.count : 1
  if (count < options.count) log.warn({}, 'this system cannot share a port between threads: serving with one')
  await Promise.all(Array.from({ length: count - 1 }, (_, i) => start(i + 2, first.port, true)))

  /** Resolves to the port and whether it can be shared: where the system cannot, the thread has it alone. */
  async function start(
    owner: number,
    port: number,
    reusePort: boolean,
  ): Promise<{ port: number; reusePort: boolean }> {
    const { memory, settings } = options
    const thread = startThread(
      { ...settings, ...options.current(), owner, memory, host, port, reusePort },
      { ...options, onHeard },
    )
    threads.set(owner, thread)
    const started = await thread.started
    if (started.kind === 'listening') {
      watch.follow(owner)
      void thread.ended.then(() => replace(owner, reusePort))
      return { port: started.port, reusePort }
    }
    threads.delete(owner)
    await thread.ended
    if (reusePort && started.code === 'ENOTSUP') return start(owner, port, false)
    throw portError(host, port, started.code, started.message)
  }

  function onHeard(heard: Heard, owner: number): void {
    watch.heard(owner)
    options.onHeard(heard, owner)
  }

  function replace(owner: number, reusePort: boolean): void {
    watch.leave(owner)
    const cause = hung.delete(owner) ? 'hung' : 'died'
    if (draining) return
    options.plans.threadEnded(owner)
    options.onThreadEnded(owner, cause)
    releaseCounters(options.memory, owner)
    releasePeerCounts(options.settings.peerMemory, owner)
    const now = performance.now()
    deaths.push(now)
    while (deaths[0]! < now - 60_000) deaths.shift()
    if (deaths.length >= DEATHS_A_MINUTE) {
      options.onFatal(new Error('gateway threads keep dying; the log says why'))
      return
    }
    start(owner, first.port, reusePort).catch((error: unknown) => options.onFatal(error as Error))
  }

  return {
    port: first.port,
    count,
    get openSockets() {
      return [...threads.values()].reduce((sum, thread) => sum + thread.openSockets, 0)
    },
    get ready() {
      const listening = [...threads.values()].filter(thread => thread.listening)
      return !draining && listening.length === count && !watch.someSilent
    },
    async update(change) {
      await Promise.all([...threads.values()].map(thread => thread.update(change)))
    },
    useCertificate(certificate) {
      for (const thread of threads.values()) thread.useCertificate(certificate)
    },
    async drain(deadlineMs) {
      draining = true
      for (const thread of threads.values()) thread.drain(deadlineMs)
      await Promise.all([...threads.values()].map(({ ended }) => ended))
      watch.stop()
    },
  }
}

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
