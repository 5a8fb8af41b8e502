import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { type BudgetBoard, createBudgetBoard } from '../control-plane/budgets/budget-board.ts'
import { addStoreMetrics } from '../control-plane/budgets/store-metrics.ts'
import type { UsageReader } from '../control-plane/usage/usage-questions.ts'
import type { Schema } from '../store/schema.ts'

interface BudgetParts {
  readonly db: Kysely<Schema>
  readonly usage: UsageReader
  readonly registry: Registry
  readonly clock: () => number
  readonly log: Logger
}

/** The error budgets as this node knows them, with the metrics that come from the store. */
export function startBudgets({ db, usage, registry, clock, log }: BudgetParts): {
  readonly budgets: BudgetBoard
  /** To be awaited before metrics are shown. */
  readonly readStoreMetrics: () => Promise<void>
} {
  const budgets = createBudgetBoard({
    reader: usage,
    realClock: Date.now,
    onError: error => log.warn({ err: error }, 'the error budgets could not be read'),
  })
  return { budgets, readStoreMetrics: addStoreMetrics(registry, { db, budgets, clock, log }) }
}
