import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { errorBudget } from '../../core/availability/error-budget.ts'
import { addAlert } from '../../store/alerts.ts'
import { emptyBatch } from '../../store/batch.ts'
import { endRun, holdRun } from '../../store/job-runs.ts'
import { addMaintenance } from '../../store/maintenance.ts'
import { openStore } from '../../store/open-store.ts'
import { applyBatch } from '../../store/recording.ts'
import type { AllBudgets } from './all-budgets.ts'
import { addStoreMetrics } from './store-metrics.ts'

const nowMs = Date.UTC(2026, 10, 10, 12)

test('figures of the store are shown, and stand as they were while it cannot be asked', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'weir-store-metrics-'))
  const store = await openStore({ file: join(directory, 'weir.db') })
  await applyBatch(store.db, emptyBatch('node', 1, nowMs - 5000))
  const alert = { kind: 'budget.burning', subject: 'org_1', level: 'fast', because: 'x' } as const
  await addAlert(store.db, { ...alert, openedMs: nowMs })
  const workEndMs = nowMs + 3_600_000
  const work = { title: 'Work', startMs: nowMs - 1000, endMs: workEndMs, announcedMs: nowMs - 2000 }
  const by = { cancelledMs: undefined, extends: undefined, author: 'operator' }
  await addMaintenance(store.db, { ...work, ...by, id: 'mnt_1' })
  const hold = { holder: 'a', nowMs, heldUntilMs: nowMs + 1 }
  for (const job of ['budgets', 'backup']) await holdRun(store.db, { job, period: '1' }, hold)
  await endRun(store.db, { job: 'budgets', period: '1' }, 'a', { finishedMs: nowMs })
  await endRun(store.db, { job: 'backup', period: '1' }, 'a', { error: 'no room', againMs: nowMs })

  const down = [{ startMs: nowMs - 1800_000, endMs: nowMs - 1740_000 }]
  const facts = { month: '2026-11', timezone: 'UTC', down, judgedToMs: nowMs, knownToMs: nowMs }
  const budget = errorBudget({ ...facts, target: '99.9' })
  const own = { organizationId: 'org_1', budget, burning: undefined, calm: false, quiet: false }
  let known: AllBudgets = {
    judgedToMs: nowMs,
    complete: true,
    organizations: [own],
    components: [{ group: undefined, budget }],
  }
  const time = { nowMs }
  const registry = new Registry()
  const warned: string[] = []
  const read = addStoreMetrics(registry, {
    db: store.db,
    budgets: { refresh: async () => known, glance: () => known },
    clock: () => time.nowMs,
    log: { warn: (_facts, message) => warned.push(message) },
  })
  expect(await registry.metrics()).not.toMatch(/^weir_(slices_judged_to|last_batch_applied)_seconds \d/m)
  await read()
  const text = await registry.metrics()
  for (const line of [
    'weir_budget_left_ratio{component="api",organization=""} 0.976851',
    'weir_budget_left_ratio{component="",organization="org_1"} 0.976851',
    'weir_budget_burn_rate{component="",organization="org_1",window="1h"} 16.666666',
    `weir_slices_judged_to_seconds ${nowMs / 1000}`,
    `weir_last_batch_applied_seconds ${nowMs / 1000 - 5}`,
    'weir_open_alerts{kind="budget.burning"} 1',
    'weir_open_incidents{impact="critical"} 0',
    `weir_job_last_success_seconds{name="budgets"} ${nowMs / 1000}`,
    'weir_job_failing{name="budgets"} 0',
    'weir_job_failing{name="backup"} 1',
    'weir_maintenance_under_way 1',
    'weir_store_reachable 1',
  ])
    expect(text).toContain(`${line}\n`)

  time.nowMs = workEndMs
  known = { ...known, organizations: [] }
  await store.close()
  await read()
  const after = await registry.metrics()
  expect(after).toContain('weir_store_reachable 0\n')
  expect(after, 'work that is over silences nothing, also while the store is away').toContain(
    'weir_maintenance_under_way 0\n',
  )
  expect(after).toContain('weir_open_alerts{kind="budget.burning"} 1\n')
  expect(after).not.toContain('organization="org_1"')
  expect(warned).toEqual(['the store could not be asked for metrics'])
  rmSync(directory, { recursive: true })
})
