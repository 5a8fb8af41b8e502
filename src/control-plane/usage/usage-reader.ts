import { Worker } from 'node:worker_threads'
import type { StorePlace } from '../../store/open-store.ts'
import type { UsageKind, UsageQuestions, UsageReader } from './usage-questions.ts'
import type { FromUsageThread } from './usage-thread.ts'

/**
 * Reads usage in a thread beside this one, which is started with the first question and again after a crash. A
 * question that is being read is not read twice, and an answer that took long holds for as long as it took: however
 * often a large month is asked for, reading it takes at most half a core. What is written down, as a bill
 * or a day, is read for each question.
 */
export function createUsageReader(place: StorePlace): UsageReader {
  let thread: UsageThread | undefined
  const asked = new Map<string, Promise<unknown>>()
  let closed = false

  async function askThread(
    kind: UsageKind,
    question: UsageQuestions[UsageKind]['question'],
  ): Promise<unknown> {
    if (closed) throw new Error('usage is not read any more: Weir is ending')
    thread ??= startUsageThread(place, () => (thread = undefined))
    return thread.ask(kind, question)
  }

  async function askOnce(key: string, holds: boolean, answer: Promise<unknown>): Promise<unknown> {
    const startedMs = performance.now()
    asked.set(key, answer)
    try {
      return await answer
    } finally {
      const tookMs = performance.now() - startedMs
      if (tookMs < LONG_MS || !holds) asked.delete(key)
      else setTimeout(() => asked.delete(key), tookMs).unref()
    }
  }

  return {
    async ask<Kind extends UsageKind>(kind: Kind, question: UsageQuestions[Kind]['question']) {
      const holds = !NEVER_HELD.includes(kind)
      const key = JSON.stringify([kind, holds ? { ...question, nowMs: undefined } : question])
      const answer = asked.get(key) ?? askOnce(key, holds, askThread(kind, question))
      // The thread answers a question of a kind with that kind's answer.
      return (await answer) as UsageQuestions[Kind]['answer']
    },
    async close() {
      closed = true
      await thread?.end()
    },
  }
}

/** What is written down has to be of its own moment. */
const NEVER_HELD: readonly UsageKind[] = ['slaMonths', 'billed', 'day']

/** Quicker answers are always fresh. */
const LONG_MS = 1000

interface UsageThread {
  ask(kind: UsageKind, question: object): Promise<unknown>
  end(): Promise<void>
}

function startUsageThread(place: StorePlace, onEnd: () => void): UsageThread {
  const worker = new Worker(new URL('./usage-thread.ts', import.meta.url), { workerData: place })
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let lastId = 0

  function failAll(error: Error): void {
    onEnd()
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }

  worker.on('message', (message: FromUsageThread) => {
    const asked = waiting.get(message.id)
    waiting.delete(message.id)
    // Between questions the thread keeps no process alive.
    if (waiting.size === 0) worker.unref()
    if ('error' in message) asked?.reject(message.error)
    else asked?.resolve(message.answer)
  })
  worker.on('error', failAll)
  worker.on('exit', () => failAll(new Error('the thread that reads usage has ended')))
  return {
    async ask(kind, question) {
      const asked = Promise.withResolvers<unknown>()
      const id = ++lastId
      waiting.set(id, asked)
      worker.ref()
      worker.postMessage({ id, kind, question })
      return asked.promise
    },
    async end() {
      await worker.terminate()
    },
  }
}
