import type { Kysely } from 'kysely'
import { Gauge, type Registry } from 'prom-client'
import { isUnderWay } from '../../core/availability/maintenance.ts'
import { toFlooredDecimal } from '../../core/exact/rounding.ts'
import type { Fraction } from '../../core/exact/fraction.ts'
import { countOpenAlerts } from '../../store/alerts.ts'
import { countOpenIncidents } from '../../store/incidents.ts'
import { jobsHealth } from '../../store/job-runs.ts'
import { type MaintenanceWindow, maintenanceWithin } from '../../store/maintenance.ts'
import { lastBatchMs } from '../../store/nodes.ts'
import type { Schema } from '../../store/schema.ts'
import type { AllBudgets } from './all-budgets.ts'
import type { BudgetBoard } from './budget-board.ts'

export interface StoreMetricsParts {
  readonly db: Kysely<Schema>
  readonly budgets: BudgetBoard
  readonly clock: () => number
  readonly log: { warn(facts: object, message: string): void }
}

/** A store that takes longer has no figures in this answer: the others must not wait for it. */
const PATIENCE_MS = 2000
/** Windows are known so far ahead, so that one begins and ends by the clock while the store is away. */
const WINDOWS_AHEAD_MS = 86_400_000

/**
 * Figures that come from the store, so that they are the same on every node with a control plane. To be awaited before
 * they are shown; while the store cannot be asked, `weir_store_reachable` is 0 and the others stand as they were last.
 */
export function addStoreMetrics(registry: Registry, parts: StoreMetricsParts): () => Promise<void> {
  const { db, budgets, clock, log } = parts
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] })

  const left = gauge(
    'weir_budget_left_ratio',
    'Share of the month’s allowed down time that is left; below zero: the promise is broken.',
    ['component', 'organization'],
  )
  const rate = gauge(
    'weir_budget_burn_rate',
    'How many times faster than allowed it was down lately, by the window looked back over.',
    ['component', 'organization', 'window'],
  )
  const judgedTo = gauge('weir_slices_judged_to_seconds', 'Slices up to here are judged, in Unix seconds.')
  const lastBatch = gauge(
    'weir_last_batch_applied_seconds',
    'When the newest batch of usage that the store has was sent, in Unix seconds.',
  )
  // What is not known yet is no instant of 1970.
  judgedTo.remove()
  lastBatch.remove()
  const incidents = gauge('weir_open_incidents', 'Incidents that go on.', ['impact'])
  const alerts = gauge('weir_open_alerts', 'Alerts of Weir’s own that go on.', ['kind'])
  const finished = gauge('weir_job_last_success_seconds', 'When a job last finished, in Unix seconds.', [
    'name',
  ])
  const failing = gauge('weir_job_failing', '1: the job’s last try failed, and it will be tried again.', [
    'name',
  ])

  const maintenance = gauge('weir_maintenance_under_way', '1 while announced work goes on.')
  let windows: readonly MaintenanceWindow[] = []

  async function ask(): Promise<void> {
    const nowMs = clock()
    windows = await maintenanceWithin(db, { fromMs: nowMs, toMs: nowMs + WINDOWS_AHEAD_MS })
    const batchMs = await lastBatchMs(db)
    if (batchMs !== undefined) lastBatch.set(batchMs / 1000)
    for (const [impact, count] of await countOpenIncidents(db)) incidents.set({ impact }, count)
    for (const [kind, count] of await countOpenAlerts(db)) alerts.set({ kind }, count)
    for (const { job, finishedMs, failing: fails } of await jobsHealth(db)) {
      if (finishedMs !== undefined) finished.set({ name: job }, finishedMs / 1000)
      failing.set({ name: job }, fails ? 1 : 0)
    }
  }

  function show({ judgedToMs, organizations, components }: AllBudgets): void {
    left.reset()
    rate.reset()
    if (judgedToMs !== undefined) judgedTo.set(judgedToMs / 1000)
    const all = [
      ...components.map(({ group, budget }) => ({
        labels: { component: group ?? 'api', organization: '' },
        budget,
      })),
      ...organizations.map(({ organizationId: organization, budget }) => {
        return { labels: { component: '', organization }, budget }
      }),
    ]
    for (const { labels, budget } of all) {
      const { hour, sixHours, threeDays } = budget.burn
      if (budget.leftShare !== undefined) left.set(labels, number(budget.leftShare))
      for (const [window, value] of Object.entries({ '1h': hour, '6h': sixHours, '3d': threeDays })) {
        if (value !== undefined) rate.set({ ...labels, window }, number(value))
      }
    }
  }

  const reachable = gauge('weir_store_reachable', '1 while the store answers in time.')
  return async () => {
    const known = budgets.glance(clock())
    if (known) show(known)
    reachable.set((await inTime(ask(), log)) ? 1 : 0)
    maintenance.set(windows.some(window => isUnderWay(window, clock())) ? 1 : 0)
  }
}

async function inTime(asking: Promise<void>, log: StoreMetricsParts['log']): Promise<boolean> {
  const late = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => late.resolve(false), PATIENCE_MS)
  const answered = asking.then(
    () => true,
    (error: unknown) => {
      log.warn({ err: error }, 'the store could not be asked for metrics')
      return false
    },
  )
  return Promise.race([answered, late.promise]).finally(() => clearTimeout(timer))
}

function number(exact: Fraction): number {
  return Number(toFlooredDecimal(exact, 6))
}
