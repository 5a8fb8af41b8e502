import { afterEach, beforeEach, expect, test } from 'vitest'
import { emptyBatch } from '../../store/batch.ts'
import { applyBatch } from '../../store/recording.ts'
import { advanceDownTime } from '../budgets/advance-down-time.ts'
import { type Control, addCustomer, addMember, noonMs, startControl } from './test-control.ts'

const HOUR = 3_600_000
let control: Control
let acme: Awaited<ReturnType<typeof addCustomer>>
let other: Awaited<ReturnType<typeof addCustomer>>
beforeEach(async () => {
  control = await startControl()
  acme = await addCustomer(control, 'Acme', 'enterprise')
  other = await addCustomer(control, 'Other', 'growth')
  control.time.nowMs = noonMs + HOUR
  await record()
})
afterEach(async () => control.close())

/** An hour of both, in which Acme was down for 40 seconds from its tenth minute on. */
async function record(): Promise<void> {
  const slices = Array.from({ length: 360 }, (_, at) => noonMs + at * 10_000)
  const appSlices = slices.flatMap((sliceMs, at) =>
    [acme, other].map(({ app }) => {
      const failed = app === acme.app && at >= 60 && at < 64 ? 100 : 0
      return { name: app.id, sliceMs, seconds: 10, valid: 100, failed }
    }),
  )
  const endpointSlices = appSlices.map(slice => ({ ...slice, name: 'SendMessage' }))
  const beats = [{ fromMs: noonMs, toMs: noonMs + HOUR }]
  await applyBatch(control.deps.store.db, {
    ...emptyBatch('node', 1, noonMs + HOUR),
    beats,
    appSlices,
    endpointSlices,
  })
}

async function judge(): Promise<void> {
  const { store, usage, contracts } = control.deps
  const parts = { reader: usage, contract: () => contracts.inForce().contract }
  await advanceDownTime(parts, async verb =>
    store.db.transaction().execute(async trx => verb(trx, control.time.nowMs)),
  )
}

interface Budgets {
  readonly api: { usedSeconds: number; target: string } | null
  readonly organizations: { organization: string; usedSeconds: number; leftPercent: string }[]
}

test('a customer reads what is used and left, which is what its report says', async () => {
  const admin = control.as(acme.admin.token)
  const path = `/api/organizations/${acme.organizationId}`
  const { body } = await admin<{ budget: Record<string, unknown> }>('GET', `${path}/budget`)
  expect(body).toEqual({
    organization: acme.organizationId,
    budget: {
      month: '2026-11',
      timezone: 'UTC',
      target: '99.999',
      judgedTo: '2026-11-10T12:50:00.000Z',
      knownTo: '2026-11-10T12:59:40.000Z',
      allowanceSeconds: 25.92,
      usedSeconds: 40,
      leftSeconds: -14.08,
      leftPercent: '-54.33',
      exact: { allowance: '648/25', used: '40/1', left: '-352/25' },
      burnRate: { hour: '1111.11', sixHours: '185.18', threeDays: '15.43' },
      exhaustedAt: '2026-11-10T12:10:25.920Z',
      lastsTo: null,
      burning: null,
    },
  })
  const report = await admin('GET', `${path}/sla`)
  const { downSeconds, allowanceSeconds, allowanceLeftSeconds, judgedTo } = report.body
  expect([downSeconds, allowanceSeconds, allowanceLeftSeconds, judgedTo]).toEqual([
    40,
    25.92,
    -14.08,
    '2026-11-10T12:50:00.000Z',
  ])
})

test('who is promised nothing has no budget', async () => {
  const free = await addCustomer(control, 'Free', 'start')
  const path = `/api/organizations/${free.organizationId}/budget`
  expect((await control.operator('GET', path)).body).toEqual({
    organization: free.organizationId,
    budget: null,
  })
})

test('before anything is judged nothing is said of anyone', async () => {
  const answer = await control.operator('GET', '/api/availability/budgets')
  const nothing = { judgedTo: null, complete: false, api: null, groups: [], organizations: [] }
  expect(answer.body).toEqual(nothing)
})

test('the provider sees everyone, the least left first; a customer itself and what concerns all', async () => {
  const path = '/api/availability/budgets'
  await judge()
  const support = await addMember(control, 'support')
  const all = await control.as(support.token)<Budgets>('GET', path)
  expect(all.body.organizations.map(each => [each.organization, each.usedSeconds, each.leftPercent])).toEqual(
    [
      [acme.organizationId, 40, '-54.33'],
      [other.organizationId, 0, '100.00'],
    ],
  )
  // Half of all requests failed for 40 seconds: the API was down, and is held to the best plan’s promise.
  expect(all.body.api).toMatchObject({ target: '99.999', usedSeconds: 40 })
  const own = await control.as(other.developer.token)<Budgets>('GET', path)
  expect(own.body.organizations.map(({ organization }) => organization)).toEqual([other.organizationId])
  expect(own.body.api).toEqual(all.body.api)
})
