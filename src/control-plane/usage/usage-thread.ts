import { parentPort, workerData } from 'node:worker_threads'
import type { Kysely } from 'kysely'
import { type StorePlace, openStore } from '../../store/open-store.ts'
import type { Schema } from '../../store/schema.ts'
import { type UsageKind, type UsageQuestions, usageAnswers } from './usage-questions.ts'

/** Reads usage on a thread of its own with its own connection: a month of millions takes many seconds of a core. */
export type ToUsageThread = {
  [Kind in UsageKind]: {
    readonly id: number
    readonly kind: Kind
    readonly question: UsageQuestions[Kind]['question']
  }
}[UsageKind]

export type FromUsageThread =
  | { readonly id: number; readonly answer: UsageQuestions[UsageKind]['answer'] }
  | { readonly id: number; readonly error: unknown }

const port = parentPort
if (port === null) throw new Error('usage-thread.ts runs in a worker of usage-reader.ts')

const opening = openStore(workerData as StorePlace)
// A store that cannot be opened is told with the first question, which awaits it too.
opening.catch(() => undefined)
port.on('message', (message: ToUsageThread) => void answer(message))

async function answer(message: ToUsageThread): Promise<void> {
  const { id } = message
  try {
    const { db } = await opening
    port?.postMessage({ id, answer: await answerTo(db, message) } satisfies FromUsageThread)
  } catch (error) {
    port?.postMessage({ id, error } satisfies FromUsageThread)
  }
}

async function answerTo(db: Kysely<Schema>, message: ToUsageThread) {
  if (message.kind === 'month') return usageAnswers.month(db, message.question)
  if (message.kind === 'billed') return usageAnswers.billed(db, message.question)
  if (message.kind === 'organization') return usageAnswers.organization(db, message.question)
  if (message.kind === 'components') return usageAnswers.components(db, message.question)
  return usageAnswers.requests(db, message.question)
}
