import { parentPort, workerData } from 'node:worker_threads'
import type { Kysely } from 'kysely'
import { type StorePlace, openStore } from '../../store/open-store.ts'
import type { Schema } from '../../store/schema.ts'
import { type UsageKind, type UsageQuestions, createUsageAnswers } from './usage-questions.ts'

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

const answers = createUsageAnswers()
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
  switch (message.kind) {
    case 'month':
      return answers.month(db, message.question)
    case 'billed':
      return answers.billed(db, message.question)
    case 'organization':
      return answers.organization(db, message.question)
    case 'app':
      return answers.app(db, message.question)
    case 'requests':
      return answers.requests(db, message.question)
    case 'components':
      return answers.components(db, message.question)
    case 'sla':
      return answers.sla(db, message.question)
    case 'slaMonths':
      return answers.slaMonths(db, message.question)
    case 'customerAvailability':
      return answers.customerAvailability(db, message.question)
    case 'day':
      return answers.day(db, message.question)
    case 'outageCost':
      return answers.outageCost(db, message.question)
    case 'outages':
      return answers.outages(db, message.question)
    case 'componentOutages':
      return answers.componentOutages(db, message.question)
    case 'budget':
      return answers.budget(db, message.question)
    case 'budgets':
      return answers.budgets(db, message.question)
    case 'peaks':
      return answers.peaks(db, message.question)
    case 'availability':
    default:
      return answers.availability(db, message.question)
  }
}
