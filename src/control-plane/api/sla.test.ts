import { afterEach, beforeEach, expect, test } from 'vitest'
import { emptyBatch } from '../../store/batch.ts'
import { addExclusion } from '../../store/exclusions.ts'
import { addMaintenance } from '../../store/maintenance.ts'
import { applyBatch } from '../../store/recording.ts'
import { openStatement } from '../availability/sla-statement.ts'
import { closeMonthJob } from '../invoicing/close-month.ts'
import { startJobRunner } from '../jobs/job-runner.ts'
import { addCustomer, addMember, type Control, chatYaml, startControl } from './test-control.ts'

/** The clock stands on 10 November, noon; customers begin then. */
let control: Control
let customer: Awaited<ReturnType<typeof addCustomer>>
let other: Awaited<ReturnType<typeof addCustomer>>
beforeEach(async () => {
  control = await startControl()
  customer = await addCustomer(control, 'Acme', 'enterprise')
  other = await addCustomer(control, 'Other', 'start')
})
afterEach(async () => control.close())

interface Report {
  uptime: string
  target: string | null
  downSeconds: number
  allowanceSeconds: number
  allowanceLeftSeconds: number
  judgedTo: string
  closedAt: string | null
  contractVersion: number
  spans: { start: string; end: string; valid: number; failed: number; decidedBy: string[] }[]
  exclusions: { id: string; reason: string; text: string; countsAgainstSla: boolean }[]
  excludedSpans: { seconds: number }[]
  seconds: Record<string, number>
  base: { amount: string; kind: string }
  readings: Record<string, { downSeconds: number; uptime: string; credit: string }>
  credit: {
    amount: string
    minutes: number
    capped: boolean
    status: string
    granted: string
    credits: unknown[]
  }
  claim: { deadline: string; claimed: boolean; incidents: { id: string; claimed: boolean }[] } | null
  because: string[]
  detail: string
}

const hour = (text: string) => Date.parse(`2026-11-10T${text}Z`)
let sequence = 0

/** Slices of an app in which all of a hundred requests failed. */
async function fail(appId: string, fromMs: number, slices: number, endpoint = 'SendMessage'): Promise<void> {
  const counts = Array.from({ length: slices }, (_, at) => {
    return { sliceMs: fromMs + at * 10_000, seconds: 10, valid: 100, failed: 100 }
  })
  await applyBatch(control.deps.store.db, {
    ...emptyBatch('node_1', ++sequence, fromMs),
    appSlices: counts.map(count => ({ ...count, name: appId })),
    endpointSlices: counts.map(count => ({ ...count, name: endpoint })),
  })
}

const slaPath = (id: string, month = '2026-11') => `/api/organizations/${id}/sla?month=${month}`
const report = async (as = control.operator, id = customer.organizationId, month?: string) =>
  (await as<Report>('GET', slaPath(id, month))).body

function unexpected(facts: object, message: string): never {
  throw new Error(message, { cause: facts })
}

async function close(until: string): Promise<void> {
  control.time.nowMs = Date.parse(until)
  const { agreements, store, clock, usage, mails, evidenceKey } = control.deps
  const runner = startJobRunner({
    db: store.db,
    jobs: [closeMonthJob({ db: store.db, agreements, testClock: false, usage, mails, evidenceKey })],
    nodeId: 'node_1',
    clock,
    realClock: clock,
    log: { warn: unexpected, error: unexpected },
  })
  await runner.runDue()
  await runner.stop()
}

async function putContract(change: (yaml: string) => string): Promise<void> {
  const body = { yaml: change(chatYaml), from: '2026-11-01T00:00:00Z' }
  expect(await control.operator('PUT', '/api/contract', body)).toMatchObject({ status: 200 })
}

test('the report of a running month says what was down, what is left and what it would cost', async () => {
  await fail(customer.app.id, hour('12:10:00'), 42)
  control.time.nowMs = hour('13:00:05')
  const shown = await report()
  // Of 8,000 and of 2,000 the 20.5 days from noon of the tenth, each rounded: 6,833.34.
  expect(shown).toMatchObject({
    uptime: '99.98379',
    target: '99.999',
    downSeconds: 420,
    allowanceSeconds: 25.92,
    allowanceLeftSeconds: -394.08,
    judgedTo: '2026-11-10T12:50:00.000Z',
    closedAt: null,
    contractVersion: 1,
    base: { amount: '6833.34', kind: 'invoice' },
    credit: {
      amount: '110.73',
      minutes: 700,
      capped: false,
      status: 'pending',
      granted: '0.00',
      credits: [],
    },
    claim: null,
  })
  expect(shown.spans).toEqual([
    {
      start: '2026-11-10T12:10:00.000Z',
      end: '2026-11-10T12:17:00.000Z',
      seconds: 420,
      apps: [customer.app.id],
      valid: 4200,
      failed: 4200,
      decidedBy: ['app'],
    },
  ])
  expect(shown.readings['slices']).toEqual({ downSeconds: 420, uptime: '99.98379', credit: '110.73' })
  expect(shown.seconds).toMatchObject({ down: 420, up: 0 })
  expect(shown.because.join(' ')).toContain('420 x 100 = 42000 seconds')
})

test('a slice counts once it is final, ten minutes after its end', async () => {
  await fail(customer.app.id, hour('12:10:00'), 1)
  const { store, agreements } = control.deps
  const downSeconds = async (text: string) => {
    const asked = { organizationId: customer.organizationId, month: '2026-11', nowMs: hour(text) }
    return (await openStatement(store.db, agreements, asked)).report.downSeconds
  }
  expect([await downSeconds('12:20:09'), await downSeconds('12:20:10')]).toEqual(['0', '10'])
})

test('maintenance announced in time and exclusions are listed, and what was announced late counts', async () => {
  const { db } = control.deps.store
  await fail(customer.app.id, hour('12:10:00'), 42)
  control.time.nowMs = hour('13:00:00')
  const late = {
    id: 'mnt_1',
    title: 'Upgrade',
    author: 'operator',
    cancelledMs: undefined,
    extends: undefined,
  }
  const span = { startMs: hour('12:10:00'), endMs: hour('12:12:00') }
  await addMaintenance(db, { ...late, ...span, announcedMs: hour('12:00:00') })
  const excluded = { startMs: hour('12:15:00'), endMs: hour('12:17:00'), createdMs: 1, author: 'operator' }
  const words = { id: 'exc_1', reason: 'customer', text: 'Your own load test' } as const
  await addExclusion(db, { ...words, ...excluded, organizationId: customer.organizationId })
  const shown = await report(control.as(customer.admin.token))
  expect(shown.downSeconds).toBe(300)
  expect(shown.exclusions).toMatchObject([
    { id: 'mnt_1', reason: 'maintenance', text: 'Upgrade', countsAgainstSla: true },
    { id: 'exc_1', reason: 'customer', text: 'Your own load test', countsAgainstSla: false },
  ])
  expect(shown.excludedSpans).toMatchObject([{ seconds: 120 }])
  expect((await report(control.operator, other.organizationId)).exclusions.map(({ id }) => id)).toEqual([
    'mnt_1',
  ])
})

test('a closed month stays as it was frozen, with the credit that was granted', async () => {
  await fail(customer.app.id, hour('12:10:00'), 42)
  await close('2026-12-02T00:00:00Z')
  const shown = await report()
  expect(shown).toMatchObject({
    closedAt: '2026-12-02T00:00:00.000Z',
    judgedTo: '2026-12-01T00:00:00.000Z',
    credit: { amount: '110.73', status: 'granted', granted: '110.73', credits: [{ amount: '110.73' }] },
  })
  await fail(customer.app.id, hour('14:10:00'), 42)
  expect(await report()).toEqual(shown)
})

test('a month that has not begun anywhere is refused, and one word that is no month', async () => {
  const asked = await control.operator<Report>('GET', slaPath(customer.organizationId, '2026-12'))
  expect(asked).toMatchObject({ status: 400, body: { code: 'invalid-query' } })
  expect(asked.body.detail).toContain('2026-12 has not begun; ask for 2026-11')
  const wrong = await control.operator('GET', slaPath(customer.organizationId, 'now'))
  expect(wrong).toMatchObject({ status: 400, body: { code: 'invalid-query' } })
})

test('without a promise there is a track record, and no target', async () => {
  await fail(other.app.id, hour('12:10:00'), 42)
  control.time.nowMs = hour('13:00:00')
  const shown = await report(control.as(other.developer.token), other.organizationId)
  expect(shown).toMatchObject({ uptime: '99.98379', target: null, allowanceSeconds: null, downSeconds: 420 })
  expect(shown.credit).toMatchObject({ amount: '0.00', status: 'none' })
})

test('a claim shows its deadline, is judged at once, and is pending until the month closes', async () => {
  await putContract(yaml => yaml.replaceAll('credit: automatic', 'credit: on-claim'))
  await fail(customer.app.id, hour('12:10:00'), 42)
  control.time.nowMs = hour('13:00:00')
  expect((await report()).credit.status).toBe('claimable')
  const times = { started_ms: hour('12:10:00'), resolved_ms: hour('12:17:00'), created_ms: hour('12:11:00') }
  const words = { title: 'No messages', impact: 'critical', source: 'slices', status: 'resolved' } as const
  const row = { ...words, ...times, id: 'inc_1', component: null, merged_into: null }
  await control.deps.store.db.insertInto('incidents').values(row).execute()
  const before = await report()
  expect(before.claim).toMatchObject({ deadline: '2026-12-11T00:00:00.000Z', claimed: false })
  const admin = control.as(customer.admin.token)
  const body = { kind: 'claim', incident: 'inc_1', subject: 'Outage' }
  const filed = await admin('POST', '/api/tickets', body)
  expect(filed).toMatchObject({
    status: 201,
    body: { dueAt: null, claim: { accepted: true, until: '2026-12-11T00:00:00.000Z', months: ['2026-11'] } },
  })
  const after = await report(admin)
  expect(after.credit.status).toBe('pending')
  expect(after.claim).toMatchObject({ claimed: true, incidents: [{ id: 'inc_1', claimed: true }] })
  await close('2026-12-02T00:00:00Z')
  expect((await report(admin)).credit).toMatchObject({ status: 'granted', granted: '110.73' })
  expect(await admin('POST', '/api/tickets', body)).toMatchObject({ status: 409, body: { code: 'conflict' } })
})

test('tickets of other kinds come later, and a claim names what it is for', async () => {
  const admin = control.as(customer.admin.token)
  const post = async (body: unknown) => admin<Report>('POST', '/api/tickets', body)
  const question = await post({ kind: 'question', subject: 'Why?' })
  expect(question).toMatchObject({ status: 400, body: { code: 'invalid-body' } })
  expect(question.body.detail).toContain('come later')
  expect((await post({ kind: 'claim', subject: 'Outage' })).body.detail).toContain('names the incident')
  const unknown = await post({ kind: 'claim', subject: 'Outage', incident: 'inc_9' })
  expect(unknown.body.detail).toContain('no such incident')
  const whose = await control.operator<Report>('POST', '/api/tickets', {
    kind: 'claim',
    subject: 'x',
    incident: 'inc_1',
  })
  expect(whose.body.detail).toContain('Name the organization')
})

interface Availability {
  from: string
  to: string
  platform: { uptime: string; exact: string; downSeconds: number; spans: { decidedBy: string[] }[] }
  groups: { name: string; uptime: string; downSeconds: number; seconds: Record<string, number> }[]
}

test('the API’s uptime over any span is the same for everyone, by group, with nothing of one customer in it', async () => {
  await putContract(yaml =>
    yaml.replace(
      '  maintenanceNoticeHours: 48',
      '  maintenanceNoticeHours: 48\n  groups: { Messages: [SendMessage], Reading: [Search] }',
    ),
  )
  await fail(other.app.id, hour('12:10:00'), 6)
  control.time.nowMs = hour('13:00:00')
  const path = '/api/availability?from=2026-11-10T12:00:00Z&to=2026-11-10T12:30:00Z'
  const { body, status } = await control.as(customer.developer.token)<Availability>('GET', path)
  expect(status).toBe(200)
  expect(body).toMatchObject({
    from: '2026-11-10T12:00:00.000Z',
    to: '2026-11-10T12:30:00.000Z',
    platform: { uptime: '96.66666', exact: '29/30', downSeconds: 60 },
    groups: [
      { name: 'Messages', uptime: '96.66666', downSeconds: 60 },
      { name: 'Reading', uptime: '100.00000', downSeconds: 0, seconds: { idle: 1800 } },
    ],
  })
  expect(JSON.stringify(body)).not.toContain(other.app.id)
  expect(JSON.stringify(body)).not.toMatch(/valid|failed/)
  expect((await control.operator<Availability>('GET', path)).body).toEqual(body)
})

test('a span that is upside down, not yet begun or too long is refused', async () => {
  const detail = async (query: string) => {
    const { status, body } = await control.operator<Report>('GET', `/api/availability?${query}`)
    return `${status} ${body.detail}`
  }
  expect(await detail('from=2026-11-10T12:00:00Z&to=2026-11-10T12:00:00Z')).toBe(
    '400 `from` must be before `to`.',
  )
  expect(await detail('from=2026-12-10T12:00:00Z&to=2026-12-11T12:00:00Z')).toContain('has not come yet')
  expect(await detail('from=2026-01-01T00:00:00Z')).toContain('at most 100 days')
  expect(await detail('from=yesterday')).toContain('RFC 3339')
})

interface Costs {
  owed: string
  nextMinute: string
  cap: string
  items: { organization: string; nextMinute: string; capReached: { afterSeconds: number; at: string } }[]
}

test('the provider sees what a further minute down costs and when caps are reached; customers do not', async () => {
  const small = await addCustomer(control, 'Small', 'growth')
  await fail(customer.app.id, hour('12:10:00'), 42)
  control.time.nowMs = hour('13:00:00')
  const { body } = await control.operator<Costs>('GET', '/api/availability/cost')
  // 6,833.34 x 480 x 100 / 2,592,000 is 126.54 and not 110.73; Small’s promise is not broken by a minute.
  expect(body).toMatchObject({ owed: '110.73', nextMinute: '15.81', cap: '2418.80' })
  expect(body.items).toMatchObject([
    {
      organization: customer.organizationId,
      nextMinute: '15.81',
      capReached: { afterSeconds: 7356, at: '2026-11-10T15:02:36.000Z' },
    },
    { organization: small.organizationId, nextMinute: '0.00' },
  ])
  expect(body.items).toHaveLength(2)
  const support = await addMember(control, 'support')
  expect(await control.as(support.token)('GET', '/api/availability/cost')).toMatchObject({ status: 200 })
  const denied = await control.as(customer.admin.token)('GET', '/api/availability/cost')
  expect(denied).toMatchObject({ status: 403 })
})
