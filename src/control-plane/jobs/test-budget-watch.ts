import { newId } from '../../identity/credentials.ts'
import { type Alert, alertKinds } from '../../store/alerts.ts'
import { type SliceCount, emptyBatch } from '../../store/batch.ts'
import { addMember } from '../../store/members.ts'
import type { Store } from '../../store/open-store.ts'
import { applyBatch } from '../../store/recording.ts'
import { createBudgetBoard } from '../budgets/budget-board.ts'
import type { Mails } from '../channels/mail.ts'
import { createAgreements } from '../invoicing/agreement.ts'
import { addHolder, loadChat } from '../invoicing/test-customers.ts'
import { directUsageReader } from '../usage/usage-questions.ts'
import { budgetJob } from './budget-job.ts'
import { startJobRunner } from './job-runner.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
/** A Tuesday in the middle of a month. */
export const startMs = Date.UTC(2026, 10, 10)

/** Customers on SLAs of 99.95 (`half`), 99.999 (`acme`, `best`) and of nothing (`free`), watched by several nodes. */
export async function watchBudgets(stores: readonly Store[], mails: Mails) {
  const [{ db }] = stores as [Store]
  const clock = { nowMs: startMs, realMs: 0 }
  const errors: string[] = []
  let sequence = 0
  await loadChat(db)
  for (const name of ['acme', 'best']) {
    await addHolder(db, name, '2026-11-01', { plan: 'enterprise', supportPlan: 'enterprise' })
  }
  await addHolder(db, 'half', '2026-11-01', { plan: 'growth', supportPlan: 'business' })
  await addHolder(db, 'free', '2026-11-01')
  const { contract } = (await createAgreements().versions(db))[0]!

  const log = {
    warn: (_facts: object, message: string) => errors.push(message),
    error: ({ err }: { err?: unknown }) => errors.push(String(err)),
  }
  const runners = stores.map((store, at) => {
    const reader = directUsageReader(store.db)
    const realClock = () => clock.realMs
    const board = createBudgetBoard({ reader, realClock, onError: error => errors.push(String(error)) })
    const job = budgetJob({ reader, contract: () => contract, mails, board, realClock })
    const clocks = { clock: () => clock.nowMs, realClock }
    return startJobRunner({ db: store.db, jobs: [job], nodeId: `control_${at}`, ...clocks, log })
  })
  const runAll = async () => Promise.all(runners.map(async runner => runner.runDue()))

  /** What arrived at each customer in a span, and that these nodes were there. */
  async function record(
    fromMs: number,
    toMs: number,
    { down = [], nodes = ['node'] }: { down?: readonly string[]; nodes?: readonly string[] } = {},
  ): Promise<void> {
    const appSlices: SliceCount[] = []
    for (let sliceMs = fromMs; sliceMs < toMs; sliceMs += 10_000) {
      for (const name of ['acme', 'best', 'half', 'free']) {
        const failed = down.includes(name) ? 100 : 0
        appSlices.push({ name: `app_${name}`, sliceMs, seconds: 10, valid: 100, failed })
      }
    }
    const endpointSlices = appSlices.map(slice => ({ ...slice, name: 'SendMessage' }))
    for (const [at, node] of nodes.entries()) {
      const lists = at === 0 ? { appSlices, endpointSlices } : {}
      await applyBatch(db, { ...emptyBatch(node, ++sequence, toMs), beats: [{ fromMs, toMs }], ...lists })
    }
  }

  /** A look on every node each minute up to an instant, or more seldom, with what is recorded until then. */
  async function pass(
    toMs: number,
    of: Parameters<typeof record>[2] = {},
    everyMs: number = MINUTE,
  ): Promise<void> {
    while (clock.nowMs < toMs) {
      await record(clock.nowMs, clock.nowMs + everyMs, of)
      clock.nowMs += everyMs
      clock.realMs += 1000
      await runAll()
    }
  }

  /** The store was within reach for over a minute. */
  async function steady(): Promise<void> {
    for (let look = 0; look < 8; look++) {
      clock.realMs += 9000
      await runAll()
    }
  }

  async function addPerson(name: string, role: string, organizationId?: string): Promise<void> {
    const person = { id: newId('mem'), name, email: `${name}@example.com`, role, organizationId }
    await addMember(db, { ...person, createdMs: startMs, tokenHash: name })
  }

  return {
    db,
    clock,
    errors,
    record,
    pass,
    steady,
    addPerson,
    runAll,
    /** Those that were raised, oldest first. */
    async alerts(): Promise<Pick<Alert, 'kind' | 'subject' | 'level'>[]> {
      const rows = await db.selectFrom('alerts').selectAll().orderBy('opened_ms').orderBy('subject').execute()
      return rows.map(({ kind, subject, level }) => ({ kind, subject, level }))
    },
    /** `TYPE ORGANIZATION` of what was told, oldest first. */
    async told(): Promise<string[]> {
      const kinds = [...alertKinds, 'recording.resumed']
      const rows = await db
        .selectFrom('events')
        .selectAll()
        .orderBy('at_ms')
        .orderBy('organization')
        .execute()
      const own = rows.filter(({ type }) => kinds.includes(type))
      return own.map(({ type, organization }) => `${type} ${organization ?? '-'}`)
    },
    async stop(): Promise<void> {
      for (const runner of runners) await runner.stop()
    },
  }
}

export type BudgetWatch = Awaited<ReturnType<typeof watchBudgets>>
