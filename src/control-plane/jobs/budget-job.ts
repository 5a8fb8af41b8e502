import type { Contract } from '../../core/contract/contract.ts'
import { forgetAlerts } from '../../store/alerts.ts'
import { advanceDownTime } from '../budgets/advance-down-time.ts'
import type { BudgetBoard } from '../budgets/budget-board.ts'
import { followBudgets } from '../budgets/follow-budgets.ts'
import { followRecording } from '../budgets/follow-recording.ts'
import type { Mails } from '../channels/mail.ts'
import type { UsageReader } from '../usage/usage-questions.ts'
import { heldDuring } from './held-during.ts'
import type { Job } from './job-runner.ts'
import { watchStore } from './store-watch.ts'

export interface BudgetJobParts {
  readonly reader: UsageReader
  readonly contract: () => Contract
  readonly mails: Mails
  /** What it found out is shown there too. */
  readonly board: BudgetBoard
  /** Of the machine, not a test's. */
  readonly realClock: () => number
}

const EVERY_MS = 60_000
/** Longer than a month, of which an alert says that its budget was told of. */
const KEPT_MS = 90 * 86_400_000

/**
 * Every minute: judges the slices that have become final, sees whose error budget burns or is gone, and whether records
 * still arrive. When the store was away, nodes still send what they kept: for a minute nothing is judged for good.
 */
export function budgetJob({ realClock, mails, board, ...parts }: BudgetJobParts): Job {
  const store = watchStore(realClock)
  return {
    name: 'budgets',
    forgetful: true,
    async periods(db, nowMs) {
      await store.look(db)
      return [new Date(nowMs - (nowMs % EVERY_MS)).toISOString()]
    },
    async run(_period, step) {
      if (!store.isSteady()) return
      await step((trx, atMs) => followRecording(trx, mails, atMs))
      await advanceDownTime(parts, step)
      const nowMs = await step(async (trx, atMs) => {
        await forgetAlerts(trx, atMs - KEPT_MS)
        return atMs
      })
      const budgets = await heldDuring(step, board.refresh(nowMs))
      if (budgets.complete) await followBudgets(budgets, mails, step)
    },
  }
}
