import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { minorUnits } from '../../core/exact/money.ts'
import { NO_HEAD } from '../../core/evidence/chain.ts'
import { openEvidenceKey } from '../../identity/evidence-key.ts'
import { addClosedMonth } from '../../store/closed-months.ts'
import { addExclusion } from '../../store/exclusions.ts'
import { addMaintenance } from '../../store/maintenance.ts'
import { addSlices } from '../../store/slices.ts'
import { openCommitment } from '../availability/open-commitment.ts'
import { check } from '../availability/test-evidence.ts'
import { closeMonthJob } from '../invoicing/close-month.ts'
import { startJobRunner } from '../jobs/job-runner.ts'
import { addCustomer, auditOf, type Control, noonMs, startControl } from './test-control.ts'

/** The clock stands on 10 November, noon; the customer begins then. */
let control: Control
let customer: Awaited<ReturnType<typeof addCustomer>>
beforeAll(async () => {
  control = await startControl()
  customer = await addCustomer(control, 'Acme', 'enterprise')
  await record()
})
afterAll(async () => control.close())

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** Seven minutes in which all fails, one of them excluded by a person; and what is said of other times. */
async function record() {
  const { db } = control.deps.store
  const slices = Array.from({ length: 60 }, (_, at) => ({
    name: customer.app.id,
    sliceMs: noonMs + at * 10_000,
    seconds: 10,
    valid: 20,
    failed: at >= 6 && at < 48 ? 20 : 0,
  }))
  // Ten days later others ask, and Acme does not: all apps together say what that time was.
  const other = await addCustomer(control, 'Other', 'start')
  const others = slices.slice(0, 6).map(slice => {
    return { ...slice, name: other.app.id, sliceMs: slice.sliceMs + 10 * DAY_MS, failed: 20 }
  })
  const all = [...slices, ...others]
  await addSlices(
    db,
    all,
    all.map(slice => ({ ...slice, name: 'GetApp' })),
  )
  await addExclusion(db, {
    id: 'exc_1',
    organizationId: customer.organizationId,
    reason: 'customer',
    startMs: noonMs + MINUTE_MS,
    endMs: noonMs + 2 * MINUTE_MS,
    text: 'Their own load test.',
    author: 'operator',
    createdMs: noonMs + 10 * MINUTE_MS,
  })
  await addMaintenance(db, {
    id: 'mnt_1',
    title: 'Announced late',
    startMs: noonMs + 3 * MINUTE_MS,
    endMs: noonMs + 4 * MINUTE_MS,
    announcedMs: noonMs,
    cancelledMs: undefined,
    extends: undefined,
    author: 'operator',
  })
}

function unexpected(facts: object, message: string): never {
  throw new Error(message, { cause: facts })
}

async function close(until: string): Promise<void> {
  control.time.nowMs = Date.parse(until)
  const { agreements, store, clock, usage, mails, evidenceKey } = control.deps
  const runner = startJobRunner({
    db: store.db,
    jobs: [closeMonthJob({ db: store.db, agreements, testClock: false, usage, mails, evidenceKey })],
    nodeId: `node_${until}`,
    clock,
    realClock: clock,
    log: { warn: unexpected, error: unexpected },
  })
  await runner.runDue()
  await runner.stop()
}

const path = (month: string) => `/api/organizations/${customer.organizationId}/sla/evidence?month=${month}`

interface Sla {
  readonly evidence: { readonly head: string; readonly path: string } | null
  readonly credit: { readonly granted: string }
}
const report = async (month: string) =>
  (await control.operator<Sla>('GET', `/api/organizations/${customer.organizationId}/sla?month=${month}`))
    .body

describe('the evidence of a month', () => {
  it('is not there while the month is open, and the answer says why', async () => {
    const open = await control.operator('GET', path('2026-11'))
    expect(open).toMatchObject({
      status: 404,
      body: {
        detail: expect.stringContaining('is not closed yet'),
        fix: expect.stringMatching(/^It closes at 20\d\d-\d\d-\d\dT/),
      },
    })
    expect((await report('2026-11')).evidence).toBeNull()
    const { organizationId } = customer
    const empty = { organizationId, month: '2026-08', invoiceId: undefined, closedMs: 0 }
    await addClosedMonth(control.deps.store.db, empty)
    const without = await control.operator('GET', path('2026-08'))
    expect(without.body).toMatchObject({ detail: expect.stringContaining('closed without evidence') })
  })

  it('is written by the close, named by the report, read by the customer, and holds offline with the published key', async () => {
    await close('2026-12-02T00:00:00Z')
    const { evidence, credit } = await report('2026-11')
    expect(evidence?.path).toBe(path('2026-11'))
    const { status, body, headers } = await control.as(customer.developer.token)<string>(
      'GET',
      path('2026-11'),
    )
    expect(status).toBe(200)
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="evidence-${customer.organizationId}-2026-11.jsonl"`,
    )
    const published = await control.as(undefined)<{ publicKey: string }>('GET', '/status/evidence-key')
    const checked = await check(body, { publicKey: published.body.publicKey, head: evidence!.head })
    expect(checked.breaks).toEqual([])
    expect(checked.head).toBe(evidence?.head)
    // 420 seconds down, 60 of them excluded; the maintenance was announced too late to count. And a minute of all.
    expect(checked.says.join(' ')).toContain('Down: 420 seconds')
    expect(minorUnits(credit.granted, 2)).toBeGreaterThan(0n)
    expect(body).toContain(`"owed":"${credit.granted}"`)
  })

  it('is opened by the provider alone, for a reason that the audit keeps, and what is opened holds', async () => {
    const openings = `/api/organizations/${customer.organizationId}/sla/evidence/openings`
    const day = { month: '2026-11', app: customer.app.id, date: '2026-11-20', reason: 'Their auditor asks.' }
    const opened = await control.operator('POST', openings, day)
    expect(opened).toMatchObject({ status: 201, body: { app: customer.app.id, date: '2026-11-20' } })
    const { body: file } = await control.operator<string>('GET', path('2026-11'))
    const { holds, says } = await check(file, {
      opened: new TextEncoder().encode(JSON.stringify(opened.body)),
    })
    expect([holds, says.at(-1)]).toEqual([true, expect.stringContaining('Opened: 6 slices')])
    const rows = await auditOf(control)
    expect(rows.at(-1)).toBe('operator evidence.opened')
    const newest = await control.operator<{ items: object[] }>('GET', '/api/audit?limit=1')
    expect(newest.body.items).toMatchObject([
      { actor: 'operator', details: { app: customer.app.id, reason: 'Their auditor asks.' } },
    ])

    const admin = control.as(customer.admin.token)
    expect(await admin('POST', openings, day)).toMatchObject({ status: 403 })
    const decided = await control.operator('POST', openings, { ...day, date: '2026-11-10' })
    expect(decided).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('nothing to open') },
    })
    for (const none of [{ date: '2026-12-20' }, { app: 'app_0' }, { month: '2026-10' }]) {
      expect(await control.operator('POST', openings, { ...day, ...none })).toMatchObject({ status: 404 })
    }
    const unnamed = await control.operator('POST', openings, { ...day, reason: ' ' })
    expect(unnamed).toMatchObject({ status: 400 })
    expect(await auditOf(control)).toHaveLength(rows.length)
  })

  it('cannot be opened with another key than it was made with, and the answer says so', async () => {
    const env = { WEIR_EVIDENCE_KEY: Buffer.alloc(32, 9).toString('base64') }
    const day = { organizationId: customer.organizationId, month: '2026-11', date: '2026-11-20' }
    const key = openEvidenceKey({ dataDir: '', env })
    const refused = await openCommitment(control.deps.store.db, key, { ...day, app: customer.app.id })
    expect(refused).toMatchObject({ isMissing: false, why: expect.stringContaining('another key') })
  })

  it('goes on from the month before', async () => {
    await close('2027-01-02T00:00:00Z')
    const [november, december] = [await report('2026-11'), await report('2026-12')]
    const { head } = november.evidence!
    expect(head).not.toBe(NO_HEAD)
    const { body } = await control.operator<string>('GET', path('2026-12'))
    expect((await check(body, { head })).says.join(' ')).toContain('goes on from the head you kept')
    expect(december.evidence?.head).not.toBe(head)
  })

  it('needs a month', async () => {
    const answer = await control.operator('GET', path('never'))
    expect(answer.status).toBe(400)
  })
})
