import { afterEach, beforeEach, expect, test } from 'vitest'
import { emptyBatch } from '../../store/batch.ts'
import { componentDays } from '../../store/component-days.ts'
import { addExclusion, withdrawExclusion } from '../../store/exclusions.ts'
import { applyBatch } from '../../store/recording.ts'
import { type Control, chatYaml, startControl } from '../api/test-control.ts'
import { withGroups } from '../../../test/status/sample-status.ts'
import { recordSlices } from '../availability/test-slices.ts'
import { componentDaysJob } from './component-days-job.ts'
import { type JobRunner, startJobRunner } from './job-runner.ts'

const DAY_MS = 86_400_000
const dayStart = Date.UTC(2026, 10, 9)

let control: Control
let runner: JobRunner
const errors: unknown[] = []
beforeEach(async () => {
  control = await startControl()
  await control.operator('PUT', '/api/contract', { yaml: withGroups(chatYaml) })
  const { store, usage, contracts, clock } = control.deps
  runner = startJobRunner({
    db: store.db,
    jobs: [componentDaysJob(usage, () => contracts.inForce().contract)],
    nodeId: 'control_1',
    clock,
    realClock: clock,
    log: { warn: facts => errors.push(facts), error: facts => errors.push(facts) },
  })
})
afterEach(async () => {
  await runner.stop()
  await control.close()
  expect(errors).toEqual([])
})

/** A node that beats without a pause. */
async function beat(fromMs: number, toMs: number) {
  await applyBatch(control.deps.store.db, { ...emptyBatch('node_b', 1, fromMs), beats: [{ fromMs, toMs }] })
}

async function daysOf(component: string) {
  const rows = await componentDays(control.deps.store.db, '2026-01-01')
  return rows.filter(row => row.component === component)
}

test('a day is written once it is final, for the platform and every group, and is exact', async () => {
  await beat(dayStart + 3_600_000, dayStart + 2 * DAY_MS)
  await recordSlices(control.deps.store.db, 'acme', dayStart + 7_200_000, { slices: 42 })
  control.time.nowMs = dayStart + DAY_MS + 599_999
  await runner.runDue()
  expect(await daysOf('')).toEqual([])
  control.time.nowMs = dayStart + DAY_MS + 660_000
  await runner.runDue()
  const measured = { day: '2026-11-09', measuredMs: DAY_MS - 3_600_000, contract: 1 }
  expect(await daysOf('')).toMatchObject([{ ...measured, downMs: 420_000, valid: 4200, failed: 4200 }])
  expect(await daysOf('Messaging')).toMatchObject([{ ...measured, downMs: 420_000, failed: 4200 }])
  expect(await daysOf('Search')).toMatchObject([{ ...measured, downMs: 0, valid: 0 }])
})

test('a past of ninety days is made up for, ten days at a time', async () => {
  const nowMs = dayStart + 12 * 3_600_000
  await beat(nowMs - 120 * DAY_MS, nowMs)
  for (const written of [10, 20]) {
    control.time.nowMs = nowMs + written * 60_000
    await runner.runDue()
    expect(await daysOf('')).toHaveLength(written)
  }
  expect((await daysOf(''))[0]?.day).toBe('2026-10-20')
})

test('what is excluded for all changes the day, also later; what is excluded for one customer does not', async () => {
  await beat(dayStart, dayStart + 3 * DAY_MS)
  await recordSlices(control.deps.store.db, 'acme', dayStart + 7_200_000, { slices: 42 })
  const { db } = control.deps.store
  const downMs = async () => (await daysOf(''))[0]?.downMs
  const exclusion = (id: string, organizationId: string | undefined) => ({
    id,
    organizationId,
    reason: 'third-party' as const,
    startMs: dayStart + 7_200_000,
    endMs: dayStart + 7_260_000,
    text: 'x',
    author: 'operator',
    createdMs: control.time.nowMs,
  })
  control.time.nowMs = dayStart + DAY_MS + 3_600_000
  await runner.runDue()
  expect(await downMs()).toBe(420_000)
  control.time.nowMs += 3_600_000
  await addExclusion(db, exclusion('exc_1', 'org_1'))
  await runner.runDue()
  expect(await downMs()).toBe(420_000)
  await addExclusion(db, exclusion('exc_2', undefined))
  control.time.nowMs += 60_000
  await runner.runDue()
  expect(await downMs()).toBe(360_000)
  control.time.nowMs += 60_000
  await withdrawExclusion(db, 'exc_2', { atMs: control.time.nowMs, author: 'operator', reason: 'x' })
  control.time.nowMs += 60_000
  await runner.runDue()
  expect(await downMs()).toBe(420_000)
})

test('records that come late count the next day', async () => {
  await beat(dayStart, dayStart + 3 * DAY_MS)
  control.time.nowMs = dayStart + DAY_MS + 660_000
  await runner.runDue()
  await recordSlices(control.deps.store.db, 'acme', dayStart + 7_200_000, { slices: 6 })
  control.time.nowMs = dayStart + 2 * DAY_MS + 660_000
  await runner.runDue()
  expect(await daysOf('')).toMatchObject([
    { day: '2026-11-09', downMs: 60_000 },
    { day: '2026-11-10', downMs: 0 },
  ])
})

test('a group that is new gets its past', async () => {
  await beat(dayStart, dayStart + 3 * DAY_MS)
  control.time.nowMs = dayStart + DAY_MS + 660_000
  await runner.runDue()
  const yaml = withGroups(chatYaml).replace(
    '    Search: [Search]',
    '    Search: [Search]\n    Users: [QueryUsers]',
  )
  await control.operator('PUT', '/api/contract', { yaml })
  control.time.nowMs += 60_000
  await runner.runDue()
  expect(await daysOf('Users')).toMatchObject([{ day: '2026-11-09' }])
})
