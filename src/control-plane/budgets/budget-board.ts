import type { UsageReader } from '../usage/usage-questions.ts'
import type { AllBudgets } from './all-budgets.ts'

/** The budgets as they were last read by this node: for what is asked more often than it has to be read. */
export interface BudgetBoard {
  /** Reads them now. Rejects when the store cannot be read. */
  refresh(nowMs: number): Promise<AllBudgets>
  /** Those of the last reading, whenever it was; undefined before the first. Begins the next one when it is time. */
  glance(nowMs: number): AllBudgets | undefined
}

export interface BudgetBoardParts {
  readonly reader: UsageReader
  /** Of the machine, not a test's. */
  readonly realClock: () => number
  /** A reading that nobody waits for failed. */
  readonly onError: (error: unknown) => void
}

/** On the node that does the jobs each reading is a job's; the others read for themselves, as often. */
const FRESH_MS = 65_000

export function createBudgetBoard({ reader, realClock, onError }: BudgetBoardParts): BudgetBoard {
  let last: AllBudgets | undefined
  let askedMs = -Infinity

  async function refresh(nowMs: number): Promise<AllBudgets> {
    askedMs = realClock()
    last = await reader.ask('budgets', { nowMs })
    return last
  }
  return {
    refresh,
    glance(nowMs) {
      if (realClock() - askedMs > FRESH_MS) refresh(nowMs).catch(onError)
      return last
    },
  }
}
