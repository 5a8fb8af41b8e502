import { Worker } from 'node:worker_threads'
import type { PlanNumbers, PlanQuestion, PlanVerdict } from '../plans/plan-numbers.ts'
import type { Heard } from '../recording/node-beats.ts'
import type { Report } from '../recording/recorder.ts'
import type { DirectoryUpdate } from '../decide/app-directory.ts'
import type { Certificate } from './certificate.ts'
import type { GatewayLog } from './gateway.ts'
import type { FromThread, ThreadStart, ToThread } from './thread.ts'

/** One gateway thread, as the main thread holds it. */
export interface ThreadHandle {
  readonly owner: number
  /** How its start went. Rejects if it died before it could say. */
  readonly started: Promise<Started>
  readonly ended: Promise<void>
  readonly listening: boolean
  readonly openSockets: number
  /** Resolves when the thread goes by the change, or is gone. */
  update(change: DirectoryUpdate): Promise<void>
  useCertificate(certificate: Certificate): void
  drain(deadlineMs: number): void
  /** Ends it as it is, whatever it does; one that is stuck in a call of the system ends only with that. */
  end(): void
}

export type Started = Extract<FromThread, { kind: 'listening' | 'not-listening' }>

export interface ThreadListeners {
  readonly plans: PlanNumbers
  readonly log: GatewayLog
  readonly onReport: (report: Report, owner: number) => void
  /** A thread that listens has gone round: twice a second, with or without a report. */
  readonly onHeard: (heard: Heard, owner: number) => void
}

export function startThread(start: ThreadStart, listeners: ThreadListeners): ThreadHandle {
  const { plans, log, onReport, onHeard } = listeners
  const worker = new Worker(new URL('./thread.ts', import.meta.url), {
    workerData: start,
    name: `gateway ${start.owner}`,
  })
  const started = Promise.withResolvers<Started>()
  const ended = Promise.withResolvers<void>()
  /** Updates that the thread has not answered yet, by id. */
  const unanswered = new Map<number, () => void>()
  let updates = 0
  let listening = false
  let openSockets = 0

  function post(message: ToThread): void {
    worker.postMessage(message)
  }

  async function reserve(id: number, question: PlanQuestion): Promise<void> {
    let verdict: PlanVerdict = 'within'
    try {
      verdict = await plans.reserve(question)
    } catch (error) {
      // Refusing a customer's users because our own store is away would be an outage of our making.
      log.error({ err: error }, 'plan numbers cannot be read: the request passes')
    }
    post({ kind: 'reserved', id, verdict })
  }

  function take(message: FromThread): void {
    switch (message.kind) {
      case 'report':
        openSockets = message.openSockets
        if (message.report) onReport(message.report, start.owner)
        if (listening) onHeard(message.heard, start.owner)
        break
      case 'reserve':
        void reserve(message.id, message.question)
        break
      case 'settled':
        plans.settle(message.question, message.became)
        break
      case 'socket-opened':
        plans.opened(message.socket)
        break
      case 'socket-closed':
        plans.closed(message.socket)
        break
      case 'updated':
        unanswered.get(message.id)?.()
        unanswered.delete(message.id)
        break
      case 'listening':
        listening = true
        started.resolve(message)
        break
      case 'not-listening':
        started.resolve(message)
        void worker.terminate()
    }
  }

  worker.on('message', take)
  worker.once('error', error => {
    log.error({ err: error, thread: start.owner }, 'a gateway thread died')
    started.reject(error)
  })
  worker.once('exit', () => {
    listening = false
    for (const answered of unanswered.values()) answered()
    started.reject(new Error('a gateway thread ended before it listened'))
    ended.resolve()
  })

  return {
    owner: start.owner,
    started: started.promise,
    ended: ended.promise,
    get listening() {
      return listening
    },
    get openSockets() {
      return openSockets
    },
    update(change) {
      // From its very start: a thread that is still loading finds the change in its port.
      const id = ++updates
      const answered = new Promise<void>(resolve => unanswered.set(id, resolve))
      post({ kind: 'update', id, change })
      return answered
    },
    useCertificate: certificate => post({ kind: 'certificate', certificate }),
    drain: deadlineMs => post({ kind: 'drain', deadlineMs }),
    end: () => void worker.terminate(),
  }
}
