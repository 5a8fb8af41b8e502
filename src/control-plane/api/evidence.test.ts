import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { slaReport } from '../../core/availability/sla-report.ts'
import { readContract } from '../../core/contract/read-contract.ts'
import { NO_HEAD } from '../../core/evidence/chain.ts'
import { slaBase } from '../../core/pricing/sla-base.ts'
import { monthSpan } from '../../core/time/month.ts'
import { openEvidenceKey, type EvidenceKey } from '../../identity/evidence-key.ts'
import { addClosedMonth } from '../../store/closed-months.ts'
import { addExclusion } from '../../store/exclusions.ts'
import { addMaintenance } from '../../store/maintenance.ts'
import { addSlices } from '../../store/slices.ts'
import { readOrganizationTime, readPlatformTime } from '../availability/read-time.ts'
import { accelerated, arrangements, check, lines } from '../availability/test-evidence.ts'
import { prepareEvidence, writeEvidence } from '../availability/write-evidence.ts'
import { addCustomer, chatYaml, type Control, startControl } from './test-control.ts'

let control: Control
let customer: Awaited<ReturnType<typeof addCustomer>>
let key: EvidenceKey
beforeAll(async () => {
  control = await startControl()
  key = openEvidenceKey({ dataDir: control.dataDir, env: {} })
  customer = await addCustomer(control, 'Acme')
  await record()
})
afterAll(async () => control.close())

const span = monthSpan('2026-10')
const MINUTE_MS = 60_000

/** Seven minutes in which all fails, one of them excluded by a person; and what is said of other times. */
async function record() {
  const { db } = control.deps.store
  const slices = Array.from({ length: 60 }, (_, at) => ({
    name: customer.app.id,
    sliceMs: span.startMs + at * 10_000,
    seconds: 10,
    valid: 20,
    failed: at >= 6 && at < 48 ? 20 : 0,
  }))
  await addSlices(
    db,
    slices,
    slices.map(slice => ({ ...slice, name: 'GetApp' })),
  )
  await addExclusion(db, {
    id: 'exc_1',
    organizationId: customer.organizationId,
    reason: 'customer',
    startMs: span.startMs + MINUTE_MS,
    endMs: span.startMs + 2 * MINUTE_MS,
    text: 'Their own load test.',
    author: 'operator',
    createdMs: span.startMs + 10 * MINUTE_MS,
  })
  await addMaintenance(db, {
    id: 'mnt_1',
    title: 'Announced late',
    startMs: span.startMs + 3 * MINUTE_MS,
    endMs: span.startMs + 4 * MINUTE_MS,
    announcedMs: span.startMs,
    cancelledMs: undefined,
    extends: undefined,
    author: 'operator',
  })
}

/** Closes a month as the close does: judged before the transaction, written in it. */
async function close(month: string) {
  const { db } = control.deps.store
  const contract = readContract(chatYaml, 'chat.yaml', () => undefined)
  if (!contract.ok) throw new Error('the chat contract has mistakes')
  const { availability, currency } = contract.contract
  const platform = await readPlatformTime(db, monthSpan(month), availability)
  const judged = await readOrganizationTime(db, customer.organizationId, platform)
  const base = slaBase({ base: 'invoice', month, arrangements, lines })
  const report = slaReport({ sla: accelerated, month, base, minorDigits: 2, judged, held: arrangements })
  const prepared = await prepareEvidence(
    {
      organizationId: customer.organizationId,
      month,
      contractVersion: 1,
      currency,
      sla: accelerated,
      judged,
      report,
      lines,
      arrangements,
      claims: [],
    },
    key,
  )
  return db.transaction().execute(async trx => {
    const { organizationId } = customer
    await addClosedMonth(trx, { organizationId, month, invoiceId: undefined, closedMs: control.time.nowMs })
    return writeEvidence(trx, prepared, key, control.time.nowMs)
  })
}

const path = (month: string) => `/api/organizations/${customer.organizationId}/sla/evidence?month=${month}`

describe('the evidence of a month', () => {
  it('is not there while the month is open, and the answer says why', async () => {
    const open = await control.operator('GET', path('2026-11'))
    expect(open).toMatchObject({
      status: 404,
      body: { detail: expect.stringContaining('is not closed yet') },
    })
    const { organizationId } = customer
    const empty = { organizationId, month: '2026-08', invoiceId: undefined, closedMs: 0 }
    await addClosedMonth(control.deps.store.db, empty)
    const without = await control.operator('GET', path('2026-08'))
    expect(without.body).toMatchObject({ detail: expect.stringContaining('closed without evidence') })
  })

  it('is written with the close, read by the customer, and holds offline with the published key', async () => {
    const written = await close('2026-10')
    const { status, body, headers } = await control.as(customer.developer.token)<string>(
      'GET',
      path('2026-10'),
    )
    expect(status).toBe(200)
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="evidence-${customer.organizationId}-2026-10.jsonl"`,
    )
    expect(body).toBe(written.text)
    const published = await control.as(undefined)<{ publicKey: string }>('GET', '/status/evidence-key')
    const checked = await check(body, { publicKey: published.body.publicKey, head: written.head })
    expect(checked.breaks).toEqual([])
    // 420 seconds down, 60 of them excluded; the maintenance was announced too late to count.
    expect(checked.says.join(' ')).toContain('Down: 360 seconds')
  })

  it('goes on from the month before, and is written once', async () => {
    control.time.nowMs = Date.UTC(2026, 11, 3)
    const [october] = [await control.operator<string>('GET', path('2026-10'))]
    const november = await close('2026-11')
    const head = /"head":"([0-9a-f]+)"/.exec(october.body)![1]!
    expect(head).not.toBe(NO_HEAD)
    expect((await check(november.text, { head })).says.join(' ')).toContain('goes on from the head you kept')
    await expect(close('2026-11')).rejects.toThrow(/UNIQUE/)
  })

  it('needs a month', async () => {
    const answer = await control.operator('GET', path('never'))
    expect(answer.status).toBe(400)
  })
})
