import { eligibilityJob } from '../invoicing/eligibility-job.ts'
import { startJobRunner } from '../jobs/job-runner.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { addCustomer, addMember, auditOf, type Control, noonMs, startControl } from './test-control.ts'

let control: Control
beforeEach(async () => {
  control = await startControl()
})
afterEach(async () => control.close())

interface Shown {
  id: string
  name: string
  subscription: { plan: string; supportPlan: string; interval: string; from: string }
  scheduled: { plan: string; from: string }[]
  mistakes: { path: string; message: string }[]
}

async function create(body: Record<string, unknown>) {
  return control.operator<Shown>('POST', '/api/organizations', { name: 'Acme', ...body })
}

async function subscribe(id: string, body: Record<string, unknown>) {
  return control.operator<Shown>('PUT', `/api/organizations/${id}/subscription`, body)
}

test('a new organization holds its plan from now on, with the plan’s own support', async () => {
  const { status, body } = await create({ plan: 'growth', billing: { country: 'NL' } })
  expect(status).toBe(201)
  expect(body).toMatchObject({
    name: 'Acme',
    billing: { country: 'NL' },
    subscription: {
      plan: 'growth',
      supportPlan: 'business',
      addOns: [],
      interval: 'monthly',
      from: new Date(noonMs).toISOString(),
    },
    scheduled: [],
  })
  expect((await control.operator('GET', `/api/organizations/${body.id}`)).body).toEqual(body)
  expect(await auditOf(control)).toEqual(['operator organization.created'])
})

test.each([
  [{ plan: 'grwth' }, 'plan', /There is no plan "grwth"; did you mean `growth`\?/],
  [{ plan: 'toString' }, 'plan', /There is no plan "toString"/],
  [{ plan: 'growth', supportPlan: 'gold' }, 'supportPlan', /There is no support plan "gold"/],
  [{ plan: 'growth', addOns: ['x'] }, 'addOns', /There is no add-on/],
  [{ plan: 'growth', interval: 'annual' }, 'interval', /not sold by the year/],
  [{ plan: 'growth', name: ' ' }, 'name', /Must not be empty/],
  [{ plan: 'growth', name: 'a\nb' }, 'name', /control characters/],
  [{ plan: 'growth', naem: 'x' }, 'naem', /did you mean `name`/],
  [{ plan: 'growth', billing: { email: 'x' } }, 'billing.email', /e-mail/],
])('%j is refused, naming the field', async (body, path, message) => {
  const answer = await create(body)
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-body' } })
  expect(answer.body.mistakes).toEqual([{ path, message: expect.stringMatching(message) }])
  expect(await auditOf(control)).toEqual([])
})

const declared = { members: 5, monthlyRevenue: '9999.99', funding: '99999.99' }

test.each([
  [declared, 201],
  [{ ...declared, members: 6 }, 409],
  [{ members: 6 }, 409],
  [{ ...declared, monthlyRevenue: '10000' }, 409],
  [{ ...declared, monthlyRevenue: '9999.999999' }, 201],
  [{ ...declared, funding: '100000.00' }, 409],
  [{ members: 5, funding: '0' }, 400],
  [undefined, 400],
])('who declares %j gets %i for the maker plan', async (eligibility, status) => {
  expect((await create({ plan: 'maker', eligibility })).status).toBe(status)
})

test('a plan with rules needs a declaration, and says what is missing and where to give it', async () => {
  const refused = await create({ plan: 'maker', eligibility: { members: 5 } })
  expect(refused).toMatchObject({
    status: 400,
    body: {
      code: 'invalid-body',
      detail: 'The plan "maker" needs a declaration: send `monthlyRevenue` and `funding` in `eligibility`.',
      mistakes: [
        {
          path: 'eligibility.monthlyRevenue',
          message:
            'The plan "maker" is for organizations with monthly revenue below 10000.00: declare what this one has.',
        },
        { path: 'eligibility.funding' },
      ],
    },
  })
  const { id } = (await create({ plan: 'start' })).body
  expect(await subscribe(id, { plan: 'maker' })).toMatchObject({
    status: 409,
    body: {
      code: 'conflict',
      detail:
        'The plan "maker" is for organizations with at most 5 members, monthly revenue below 10000.00 and funding below ' +
        '100000.00, which this one has not declared: send `members`, `monthlyRevenue` and `funding` in `eligibility` with ' +
        'PATCH /api/organizations/{id} first.',
    },
  })
  await control.operator('PATCH', `/api/organizations/${id}`, { eligibility: declared })
  expect((await subscribe(id, { plan: 'maker' })).status).toBe(200)
})

test('a plan that only counts its seats needs no declaration', async () => {
  const { yaml } = control.deps.contracts.inForce()
  const seats = yaml.replace(/eligibility: \{.*seats/, 'eligibility: { seats')
  expect((await control.operator('PUT', '/api/contract', { yaml: seats })).status).toBe(200)
  expect((await create({ plan: 'maker' })).status).toBe(201)
})

test('a plan with limited seats is refused when they are taken, and whoever holds one may choose it again', async () => {
  const { contracts, store } = control.deps
  const { yaml } = contracts.inForce()
  await control.operator('PUT', '/api/contract', { yaml: yaml.replace('seats: 1000', 'seats: 1') })
  const first = await create({ plan: 'maker', eligibility: declared })
  expect(await create({ plan: 'maker', eligibility: declared })).toMatchObject({
    status: 409,
    body: { detail: 'All 1 seats of the plan "maker" are taken.' },
  })
  expect((await subscribe(first.body.id, { plan: 'maker' })).status).toBe(200)
  expect(await store.db.selectFrom('organizations').select('id').execute()).toHaveLength(1)
})

test('a higher plan holds at once, a lower one from the next month', async () => {
  const { id } = (await create({ plan: 'start' })).body
  const up = await subscribe(id, { plan: 'enterprise' })
  expect(up.body).toMatchObject({ subscription: { plan: 'enterprise' }, scheduled: [] })
  const down = await subscribe(id, { plan: 'start' })
  expect(down.body).toMatchObject({
    subscription: { plan: 'enterprise' },
    scheduled: [{ plan: 'start', from: '2026-12-01T00:00:00.000Z' }],
  })
  control.time.nowMs = Date.UTC(2026, 11, 1)
  const later = await control.operator<Shown>('GET', `/api/organizations/${id}`)
  expect(later.body).toMatchObject({ subscription: { plan: 'start' }, scheduled: [] })
})

test('a change may be dated within the running month or later, and never into a closed one', async () => {
  const { id } = (await create({ plan: 'start' })).body
  expect((await subscribe(id, { plan: 'growth', from: '2026-11-01T00:00:00Z' })).status).toBe(200)
  expect(
    (await subscribe(id, { plan: 'growth', from: '2027-01-01T01:00:00+01:00' })).body.scheduled,
  ).toMatchObject([{ from: '2027-01-01T00:00:00.000Z' }])
  expect(await subscribe(id, { plan: 'growth', from: '2026-10-31T23:59:59Z' })).toMatchObject({
    status: 400,
    body: { mistakes: [{ path: 'from' }] },
  })
  expect((await subscribe(id, { plan: 'growth', from: 'tomorrow' })).status).toBe(400)
})

test('a patch changes what it names', async () => {
  const { id } = (await create({ plan: 'start', billing: { country: 'NL' } })).body
  const { body } = await control.operator('PATCH', `/api/organizations/${id}`, { name: 'Acme B.V.' })
  expect(body).toMatchObject({ name: 'Acme B.V.', billing: { country: 'NL' } })
})

test('a list goes on where its page ended', async () => {
  for (const name of ['a', 'b', 'c']) await create({ name, plan: 'start' })
  const names: string[] = []
  let cursor = ''
  do {
    const { body } = await control.operator<{ items: Shown[]; nextCursor: string | null }>(
      'GET',
      `/api/organizations?limit=2${cursor}`,
    )
    names.push(...body.items.map(({ name }) => name))
    cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`
  } while (cursor !== '')
  expect(names.toSorted()).toEqual(['a', 'b', 'c'])
  expect((await control.operator('GET', '/api/organizations?cursor=xyz')).body).toMatchObject({
    code: 'invalid-query',
  })
  expect((await control.operator('GET', '/api/organizations?limit=0')).body).toMatchObject({
    code: 'invalid-query',
  })
})

test('finance changes subscriptions and creates no organization; a customer sees its own alone', async () => {
  const { organizationId, admin } = await addCustomer(control, 'Acme')
  await addCustomer(control, 'Other')
  const finance = control.as((await addMember(control, 'finance')).token)
  const put = await finance('PUT', `/api/organizations/${organizationId}/subscription`, {
    plan: 'enterprise',
  })
  expect(put.status).toBe(200)
  expect(await finance('POST', '/api/organizations', { name: 'x', plan: 'start' })).toMatchObject({
    status: 403,
    body: { code: 'forbidden', detail: expect.stringContaining('these may: operator') },
  })
  const own = await control.as(admin.token)<{ items: Shown[] }>('GET', '/api/organizations')
  expect(own.body.items.map(({ id }) => id)).toEqual([organizationId])
})

test('from a year that was paid ahead, a smaller plan or payment by the month waits for its end', async () => {
  const { yaml } = control.deps.contracts.inForce()
  const annual = yaml.replace(/(growth:\n\s+price: \{ monthly: "1299.00")/, '$1, annual: "12990.00"')
  const from = '2026-11-10T12:00:00Z'
  expect((await control.operator('PUT', '/api/contract', { yaml: annual, from })).status).toBe(200)
  const { id } = (await create({ plan: 'growth', interval: 'annual' })).body
  for (const wanted of [{ plan: 'start' }, { plan: 'growth', interval: 'monthly' }]) {
    expect((await subscribe(id, wanted)).body.scheduled).toMatchObject([
      { ...wanted, from: '2027-11-10T12:00:00.000Z' },
    ])
  }
})

test('who no longer qualifies for its plan gets notice, and keeps it if it qualifies again in time', async () => {
  const { id } = (await create({ plan: 'maker', eligibility: declared })).body
  const declare = async (members: number) =>
    (
      await control.operator<Shown>('PATCH', `/api/organizations/${id}`, {
        eligibility: { ...declared, members },
      })
    ).body
  // The first month that begins at least thirty days after 10 November.
  expect(await declare(6)).toMatchObject({
    subscription: { plan: 'maker' },
    scheduled: [{ plan: 'start', supportPlan: 'developer', from: '2027-01-01T00:00:00.000Z' }],
    notice: {
      plan: 'maker',
      endsAt: '2027-01-01T00:00:00.000Z',
      because: [
        '6 members; at most 5 may be: does not hold.',
        'Monthly revenue 9999.99; it must be below 10000.00: holds.',
        'Funding 99999.99; it must be below 100000.00: holds.',
      ],
    },
  })
  expect((await declare(7)).scheduled).toHaveLength(1)
  expect(await declare(5)).toMatchObject({ scheduled: [], notice: null })
  await declare(8)
  control.time.nowMs = Date.UTC(2027, 0, 1)
  const ended = await control.operator<Shown>('GET', `/api/organizations/${id}`)
  expect(ended.body).toMatchObject({ subscription: { plan: 'start' }, notice: null })
  const audit = (await auditOf(control)).filter(line => line.startsWith('operator plan.'))
  expect(audit).toEqual([
    'operator plan.not-eligible',
    'operator plan.eligible-again',
    'operator plan.not-eligible',
  ])
})

test('who takes a part of its declaration back gets notice until it declares it again', async () => {
  const { id } = (await create({ plan: 'maker', eligibility: declared })).body
  const declare = async (eligibility: object) =>
    (await control.operator<Shown>('PATCH', `/api/organizations/${id}`, { eligibility })).body
  expect(await declare({ members: 5, funding: '0' })).toMatchObject({
    notice: {
      because: expect.arrayContaining([
        'Monthly revenue is not declared; it must be below 10000.00: does not hold.',
      ]),
    },
  })
  expect(await declare(declared)).toMatchObject({ notice: null, scheduled: [] })
})

test('rules that change are looked at by the daily job, once', async () => {
  const { id } = (await create({ plan: 'maker', eligibility: declared })).body
  const { store, contracts, clock } = control.deps
  const { yaml } = contracts.inForce()
  await control.operator('PUT', '/api/contract', {
    yaml: yaml.replace('membersAtMost: 5', 'membersAtMost: 4'),
  })
  const failed = (_: object, message: string) => {
    throw new Error(message)
  }
  const runner = startJobRunner({
    db: store.db,
    jobs: [eligibilityJob(() => contracts.inForce().contract)],
    nodeId: 'node_1',
    clock,
    realClock: clock,
    log: { warn: failed, error: failed },
  })
  for (let day = 0; day < 3; day++) {
    await runner.runDue()
    control.time.nowMs += 86_400_000
  }
  await runner.stop()
  expect((await auditOf(control)).filter(line => line === 'weir plan.not-eligible')).toHaveLength(1)
  const shown = await control.operator<Shown>('GET', `/api/organizations/${id}`)
  expect(shown.body.scheduled).toMatchObject([{ plan: 'start', from: '2027-01-01T00:00:00.000Z' }])
})
