import { afterEach, beforeEach, expect, test } from 'vitest'
import { uptimeOfDays } from '../../core/availability/day-history.ts'
import { emptyBatch } from '../../store/batch.ts'
import { replaceDownTime, setJudgedDownTime } from '../../store/down-time.ts'
import { addExclusion } from '../../store/exclusions.ts'
import { addMaintenance } from '../../store/maintenance.ts'
import { applyBatch } from '../../store/recording.ts'
import { openStatement } from '../availability/sla-statement.ts'
import { costOfOutages } from '../budgets/outage-costs.ts'
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
      decidedOn: null,
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
  for (const long of ['1999-01', '0000-01']) {
    const before = await control.operator<Report>('GET', slaPath(customer.organizationId, long))
    expect(before).toMatchObject({ status: 400, body: { code: 'invalid-query' } })
    expect(before.body.detail).toContain('before the organization was there, at 2026-11-10T12:00:00.000Z')
  }
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

test('who alone was down claims its own down time, which no incident names, until its own deadline', async () => {
  await putContract(yaml => yaml.replaceAll('credit: automatic', 'credit: on-claim'))
  await fail(customer.app.id, hour('12:10:00'), 42)
  control.time.nowMs = hour('13:00:00')
  const admin = control.as(customer.admin.token)
  const deadline = '2026-12-11T00:00:00.000Z'
  const span = { start: '2026-11-10T12:10:00.000Z', end: '2026-11-10T12:17:00.000Z', seconds: 420 }
  expect((await report(admin)).claim).toMatchObject({
    deadline,
    claimed: false,
    incidents: [],
    spans: [{ ...span, deadline, claimed: false }],
  })
  const post = async (body: object) =>
    admin<Report>('POST', '/api/tickets', { kind: 'claim', subject: 'Our app was down', ...body })
  const up = await post({ downAt: '2026-11-10T12:17:00Z' })
  expect(up).toMatchObject({ status: 400 })
  expect(up.body.detail).toContain(
    'It has 2026-11-10T12:10:00.000Z to 2026-11-10T12:17:00.000Z; slices are final',
  )
  expect((await post({ downAt: '2026-11-11T00:00:00Z' })).body.detail).toContain('Lies ahead')
  const filed = await post({ downAt: '2026-11-10T12:12:00Z' })
  expect(filed).toMatchObject({
    status: 201,
    body: { claim: { accepted: true, until: deadline, months: ['2026-11'], span } },
  })
  expect(await post({ downAt: '2026-11-10T12:16:00Z' })).toMatchObject({ status: 409 })
  const after = await report(admin)
  expect(after.credit.status).toBe('pending')
  expect(after.claim).toMatchObject({ claimed: true, spans: [{ claimed: true }] })
  await close('2026-12-02T00:00:00Z')
  expect((await report(admin)).credit).toMatchObject({ status: 'granted', granted: '110.73' })
  // It is nobody else's: not in the list of incidents, and not to be claimed by others.
  const others = control.as(other.admin.token)
  expect((await others<{ items: unknown[] }>('GET', '/api/incidents')).body.items).toEqual([])
  const body = { kind: 'claim', subject: 'x', downAt: '2026-11-10T12:12:00Z' }
  expect(
    await others('POST', '/api/tickets', { ...body, organization: customer.organizationId }),
  ).toMatchObject({
    status: 404,
  })
})

test('down time is claimed of a closed month as well, and after its deadline opens nothing and has lapsed', async () => {
  await putContract(yaml => yaml.replaceAll('credit: automatic', 'credit: on-claim'))
  const late = await addCustomer(control, 'Late', 'enterprise')
  for (const { app } of [customer, late]) await fail(app.id, hour('12:10:00'), 42)
  await close('2026-12-10T23:59:59Z')
  const claim = { kind: 'claim', subject: 'x', downAt: '2026-11-10T12:12:00Z' }
  const filed = await control.as(customer.admin.token)('POST', '/api/tickets', claim)
  expect(filed).toMatchObject({ status: 201, body: { claim: { accepted: true } } })
  expect((await report()).credit).toMatchObject({ status: 'granted', granted: '110.73' })
  control.time.nowMs = Date.parse('2026-12-11T00:00:00Z')
  expect((await report(control.operator, late.organizationId)).credit.status).toBe('lapsed')
  const tooLate = await control.as(late.admin.token)('POST', '/api/tickets', claim)
  expect(tooLate).toMatchObject({ status: 201, body: { claim: { accepted: false, months: [] } } })
  expect((await report(control.operator, late.organizationId)).credit.granted).toBe('0.00')
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

/** A node that beats from an instant on, to another. */
async function beat(from: string, to = '13:00:00'): Promise<void> {
  const beats = [{ fromMs: hour(from), toMs: hour(to) }]
  await applyBatch(control.deps.store.db, { ...emptyBatch('node_1', ++sequence, hour(to)), beats })
}

interface Availability {
  from: string
  to: string
  note: string | null
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
  await beat('12:00:00')
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
  const { body: provider } = await control.operator<Availability>('GET', path)
  expect(provider).toMatchObject(body)
  expect(provider.platform).toMatchObject({ requests: { valid: 600, failed: 600 } })
  expect(provider.groups).toMatchObject([{ requests: { valid: 600 } }, { requests: { valid: 0, failed: 0 } }])
})

test('of the time before the first beat there ever was no uptime is claimed, and the answer says why', async () => {
  control.time.nowMs = hour('13:00:00')
  const read = async (query: string) =>
    (await control.operator<Availability>('GET', `/api/availability?${query}`)).body
  const never = await read('from=2026-11-10T12:00:00Z')
  expect(never).toMatchObject({ platform: { uptime: null, exact: null, downSeconds: 0 } })
  expect(never.note).toContain('No node of the gateway has beaten yet')
  await beat('12:20:05')
  const before = await read('from=2026-11-10T12:00:00Z&to=2026-11-10T12:20:00Z')
  expect(before).toMatchObject({ platform: { uptime: null }, to: '2026-11-10T12:20:00.000Z' })
  expect(before.note).toContain('before 2026-11-10T12:20:05Z, when the first node began to beat')
  await fail(customer.app.id, hour('12:30:00'), 30)
  const since = await read('from=2026-11-10T12:00:00Z&to=2026-11-10T12:40:10Z')
  expect(since).toMatchObject({
    from: '2026-11-10T12:20:10.000Z',
    platform: { uptime: '75.00000', exact: '3/4', downSeconds: 300 },
  })
  expect(since.note).toContain('the time before that is left out')
  // What the status page says of the day is the same figure.
  const day = await read('from=2026-11-10T00:00:00Z&to=2026-11-11T00:00:00Z')
  const asked = { day: '2026-11-10', nowMs: control.time.nowMs }
  const [whole] = await control.deps.usage.ask('day', asked)
  expect(day.platform.uptime).toBe(uptimeOfDays(whole ? [whole] : []).uptime)
})

test('an organization and an app have the uptime of any span, exactly, with their requests; nobody else’s', async () => {
  await beat('12:00:00')
  const second = await control.operator<{ id: string }>(
    'POST',
    `/api/organizations/${customer.organizationId}/apps`,
    { name: 'second' },
  )
  await fail(customer.app.id, hour('12:10:00'), 6)
  await fail(second.body.id, hour('12:10:30'), 6)
  await fail(other.app.id, hour('12:20:00'), 6)
  control.time.nowMs = hour('13:00:00')
  const span = 'from=2026-11-10T12:00:00Z&to=2026-11-10T12:30:00Z'
  const path = (kind: string, id: string) => `/api/${kind}/${id}/availability?${span}`
  const developer = control.as(customer.developer.token)
  const whole = await developer('GET', path('organizations', customer.organizationId))
  expect(whole).toMatchObject({
    status: 200,
    body: {
      organization: customer.organizationId,
      note: null,
      contractVersion: 1,
      // Of a slice in which it asked for nothing all apps decide: the last minute is theirs.
      uptime: '91.66666',
      exact: '11/12',
      downSeconds: 150,
      valid: 1200,
      failed: 1200,
      spans: [
        { seconds: 90, valid: 1200, decidedBy: expect.arrayContaining(['app', 'all-apps']) },
        { seconds: 60, valid: 0 },
      ],
      seconds: { down: 150 },
      apps: expect.arrayContaining([
        expect.objectContaining({ app: second.body.id, exact: '11/12', downSeconds: 150, valid: 600 }),
      ]),
    },
  })
  expect(JSON.stringify(whole.body)).not.toContain(other.app.id)
  const app = await developer('GET', path('apps', second.body.id))
  expect(app).toMatchObject({
    status: 200,
    body: {
      app: second.body.id,
      valid: 600,
      failed: 600,
      spans: [{ apps: [second.body.id], valid: 600 }, { valid: 0 }],
    },
  })
  for (const foreign of [path('organizations', other.organizationId), path('apps', other.app.id)]) {
    expect(await developer('GET', foreign)).toMatchObject({ status: 404, body: { code: 'not-found' } })
  }
  const upsideDown = `/api/apps/${second.body.id}/availability?from=2026-11-10T12:00:00Z&to=2026-11-01T00:00:00Z`
  expect(await developer('GET', upsideDown)).toMatchObject({ status: 400 })
})

test('the report has the exact uptime, the requests, and a row for each app', async () => {
  await fail(customer.app.id, hour('12:10:00'), 42)
  control.time.nowMs = hour('13:00:05')
  const row = { uptime: '99.98379', exact: '43193/43200', downSeconds: 420, valid: 4200, failed: 4200 }
  const { uptime, exact, valid, failed } = row
  const shown = await report(control.as(customer.developer.token))
  expect(shown).toMatchObject({ uptime, exact, valid, failed, apps: [{ app: customer.app.id, ...row }] })
  await close('2026-12-02T00:00:00Z')
  expect(await report()).toMatchObject({ exact, valid, failed, apps: [{ app: customer.app.id, ...row }] })
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
  expect(await detail('from=2027-01-01T00:00:00Z')).toContain(
    'has not come yet: it is 2026-11-10T12:00:00.000Z',
  )
  expect(await detail('to=2020-01-01T00:00:00Z')).toContain(
    'Without `from` the span begins with this month, at 2026-11-01T00:00:00.000Z',
  )
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
  for (const path of ['/api/availability/cost', '/api/probes']) {
    const denied = await control.as(customer.admin.token)<Report>('GET', path)
    expect(denied).toMatchObject({ status: 403 })
    expect(denied.body.detail).toBe(
      'The role customer-admin may not do this (availability:read); these may: operator, finance, support.',
    )
  }
})

test('a cost asked in the middle of an outage holds what is known so far, and says what of it is final', async () => {
  await fail(customer.app.id, hour('12:10:00'), 10)
  control.time.nowMs = hour('12:12:00')
  const { body } = await control.operator<Costs>('GET', '/api/availability/cost')
  // 6,833.34 x 100 x 100 / 2,592,000, and a minute more.
  expect(body).toMatchObject({ owed: '26.36', finalOwed: '0.00', nextMinute: '15.82' })
  expect(body.items).toMatchObject([
    {
      judgedTo: '2026-11-10T12:02:00.000Z',
      knownTo: '2026-11-10T12:11:40.000Z',
      downSeconds: 100,
      finalDownSeconds: 0,
      capReached: { afterSeconds: 7676 },
    },
  ])
  const { store, agreements } = control.deps
  const later = await costOfOutages(store.db, agreements, hour('12:21:00'))
  expect(later).toMatchObject([{ downMs: 100_000, finalDownMs: 60_000 }])
})

test('down time that is kept already is not judged again for the cost, and what came since is added', async () => {
  const { db } = control.deps.store
  const kept = [{ startMs: hour('12:01:00'), endMs: hour('12:02:00') }]
  const span = { startMs: hour('12:00:00'), endMs: hour('12:05:00') }
  await replaceDownTime(db, 'organizations', span, new Map([[customer.organizationId, kept]]))
  const judged = { judgedToMs: span.endMs, judgedAgainMs: span.endMs, judgedAs: '' }
  await setJudgedDownTime(db, 'organizations', judged)
  await fail(customer.app.id, hour('12:10:00'), 1)
  control.time.nowMs = hour('12:12:00')
  const { body } = await control.operator<Costs>('GET', '/api/availability/cost')
  expect(body.items).toMatchObject([{ downSeconds: 70 }])
})

test('of tiers the next minute is the one that the down time known so far leads into', async () => {
  const tiers = 'tiers: [{ below: "99.99", credit: "10" }, { below: "99.9", credit: "25" }]'
  const tiered = `form: tiered, ${tiers}, cap: "30", base: recurring, credit: automatic`
  await putContract(yaml => yaml.replace(/form: accelerated, target: "99.999"[^}]*/, tiered))
  // 99.99 % of November allows 259.2 seconds.
  await fail(customer.app.id, hour('12:10:00'), 20)
  control.time.nowMs = hour('12:14:00')
  const { body } = await control.operator<Costs>('GET', '/api/availability/cost')
  expect(body.items).toMatchObject([
    {
      downSeconds: 200,
      owed: '0.00',
      nextMinute: '683.33',
      cap: '1708.34',
      capReached: { afterSeconds: 2392 },
    },
  ])
})
