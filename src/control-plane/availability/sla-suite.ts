import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../../identity/credentials.ts'
import { addApp } from '../../store/apps.ts'
import { type Credit, creditsOf } from '../../store/credits.ts'
import { addExclusion, withdrawExclusion } from '../../store/exclusions.ts'
import { setLeaving } from '../../store/leavings.ts'
import type { Store } from '../../store/open-store.ts'
import { findSlaMonth } from '../../store/sla-months.ts'
import { fileClaim } from '../api/file-claim.ts'
import { createAgreements } from '../invoicing/agreement.ts'
import { reckonWaiting } from '../invoicing/waiting-invoices.ts'
import { closeMonthJob } from '../invoicing/close-month.ts'
import { addHolder, allInvoices, at, invoiceFor, loadChat } from '../invoicing/test-customers.ts'
import { startJobRunner } from '../jobs/job-runner.ts'
import { directUsageReader } from '../usage/usage-questions.ts'
import type { SlaStatement } from './sla-statement.ts'
import { testKey } from './test-evidence.ts'
import { recordSlices } from './test-slices.ts'
import { createMails } from '../channels/mail.ts'

const growth = { plan: 'growth', supportPlan: 'business' }
const enterprise = { plan: 'enterprise', supportPlan: 'enterprise' }
const onClaim = (yaml: string) => yaml.replaceAll('credit: automatic', 'credit: on-claim')
const inZone = (zone: string) => (yaml: string) =>
  yaml.replaceAll('credit: automatic', `credit: automatic, timezone: ${zone}`)

/** What credits for down time must hold to on every database. `open`: an empty one. */
export function runSlaSuite(name: string, open: () => Promise<Store>): void {
  describe(`${name}: credits for down time`, () => {
    let store: Store
    let errors: string[]
    let realMs: number
    beforeEach(async () => {
      store = await open()
      ;[errors, realMs] = [[], 1_000_000]
    })
    afterEach(async () => store.close())

    const close = async (until: string) => {
      const log = (facts: object, message: string) =>
        void errors.push(`${message}: ${'err' in facts ? String(facts.err) : ''}`)
      realMs += 120_000
      const usage = directUsageReader(store.db)
      const mails = createMails({ smtpUrl: undefined, from: '', log: { warn: () => undefined } })
      const deps = { agreements: createAgreements(), testClock: false, evidenceKey: testKey }
      const runner = startJobRunner({
        db: store.db,
        jobs: [closeMonthJob({ ...deps, db: store.db, usage, mails })],
        nodeId: newId('key'),
        clock: () => at(until),
        realClock: () => realMs,
        log: { warn: log, error: log },
      })
      await runner.runDue()
      await runner.stop()
    }
    const frozen = async (holder: string, month: string) => {
      const found = await findSlaMonth<SlaStatement>(store.db, `org_${holder}`, month)
      return found?.report.report
    }
    const amounts = async (holder: string) =>
      (await creditsOf(store.db, `org_${holder}`)).map(({ amount }: Credit) => amount)
    const incident = async (id: string, startedMs: number, resolvedMs: number | null) => {
      const words = { title: 'Down', impact: 'major', source: 'person', component: null } as const
      const times = { started_ms: startedMs, resolved_ms: resolvedMs, created_ms: startedMs }
      const row = { ...words, ...times, id, status: 'resolved' as const, merged_into: null }
      await store.db.insertInto('incidents').values(row).execute()
    }
    const claim = async (holder: string, id: string, when: string) =>
      store.db.transaction().execute(async trx => {
        const words = { subject: 'Outage', text: '', author: 'mem_1' }
        const asked = { ...words, organizationId: `org_${holder}`, incident: id }
        return fileClaim(trx, createAgreements(), asked, at(when))
      })

    test('a month that closes grants its credit, told in an event, and freezes its report', async () => {
      await loadChat(store.db)
      await addHolder(store.db, 'acme', '2026-09-01', enterprise)
      await recordSlices(store.db, 'acme', at('2026-09-10'), { slices: 42 })
      await close('2026-10-02')
      // 8,000 and the support plan's 2,000: 10,000 x 420 x 100 / 2,592,000.
      expect(await amounts('acme')).toEqual(['162.04'])
      const [credit] = await creditsOf(store.db, 'org_acme')
      expect(credit).toMatchObject({
        source: 'sla',
        author: 'weir',
        currency: 'USD',
        grantedMs: at('2026-10-02'),
      })
      expect(credit?.reason).toBe('SLA of 2026-09: uptime 99.98379 %, promised 99.999 %, 420 seconds down')
      expect(await frozen('acme', '2026-09')).toMatchObject({ uptime: '99.98379', downSeconds: '420' })
      const events = await store.db.selectFrom('events').selectAll().execute()
      const told = events.filter(({ type }) => type === 'credit.granted')
      expect(told.map(({ data }) => JSON.parse(data))).toEqual([
        {
          credit: credit?.id,
          amount: '162.04',
          currency: 'USD',
          reason: credit?.reason,
          source: 'sla',
          month: '2026-09',
        },
      ])
      expect(errors).toEqual([])
    })

    test('a month’s credit lowers the next invoice to close, never its own', async () => {
      await loadChat(store.db)
      await addHolder(store.db, 'acme', '2026-09-01', { ...enterprise, approval: true })
      await recordSlices(store.db, 'acme', at('2026-09-10'), { slices: 42 })
      await close('2026-10-02')
      const deps = { agreements: createAgreements(), testClock: false }
      const [again] = await store.db.transaction().execute(trx => reckonWaiting(trx, deps, 'org_acme'))
      expect(again?.document.creditsApplied).toEqual([])
      await close('2026-11-02')
      const october = await invoiceFor(store.db, 'acme', '2026-10')
      expect(october.document.creditsApplied.map(({ amount }) => amount)).toEqual(['162.04'])
      expect(october.document.total).toBe('9837.96')
    })

    test('late facts raise the credit of a closed month by the difference, once, and change no report', async () => {
      await loadChat(store.db)
      await addHolder(store.db, 'acme', '2026-09-01', enterprise)
      await recordSlices(store.db, 'acme', at('2026-09-10'), { slices: 42 })
      await close('2026-10-02')
      const before = await frozen('acme', '2026-09')
      await recordSlices(store.db, 'acme', at('2026-09-20'), { slices: 42 })
      await close('2026-11-02')
      await close('2026-12-02')
      // Twice 162.037 is 324.07: the difference, not the sum of two rounded ones.
      expect(await amounts('acme')).toEqual(['162.04', '162.03'])
      expect(await frozen('acme', '2026-09')).toEqual(before)
      const [, late] = await creditsOf(store.db, 'org_acme')
      expect(late?.reason).toContain('840 seconds down; 162.04 was granted before')
      const november = await invoiceFor(store.db, 'acme', '2026-11')
      expect(november.document.creditsApplied.map(({ amount }) => amount)).toEqual(['162.03'])
    })

    test('an app that is made later was never down before, whatever all apps were', async () => {
      await loadChat(store.db)
      await addHolder(store.db, 'acme', '2026-09-01', enterprise)
      await addHolder(store.db, 'best', '2026-09-01', enterprise)
      await recordSlices(store.db, 'acme', at('2026-09-10'), { slices: 42 })
      await recordSlices(store.db, 'best', at('2026-09-10'), { slices: 42, failed: 0 })
      await close('2026-10-02')
      expect(await amounts('best')).toEqual([])
      const late = { organizationId: 'org_best', name: 'late', sealedSecret: Uint8Array.of(1) }
      await addApp(store.db, { ...late, id: 'app_late', createdMs: at('2026-10-02') })
      await close('2026-11-02')
      expect(await amounts('best')).toEqual([])
      expect(errors).toEqual([])
    })

    test('an exclusion that comes after the close lowers nothing, and one withdrawn then raises', async () => {
      await loadChat(store.db)
      await addHolder(store.db, 'late', '2026-09-01', enterprise)
      await addHolder(store.db, 'back', '2026-09-01', enterprise)
      for (const each of ['late', 'back']) {
        await recordSlices(store.db, each, at('2026-09-10'), { slices: 42 })
      }
      const span = { startMs: at('2026-09-10'), endMs: at('2026-09-10T00:07:00Z') }
      const words = { reason: 'third-party', text: 'A cloud', author: 'operator', createdMs: 1 } as const
      await addExclusion(store.db, { ...words, ...span, id: 'exc_1', organizationId: 'org_back' })
      await close('2026-10-02')
      expect([await amounts('late'), await amounts('back')]).toEqual([['162.04'], []])
      await withdrawExclusion(store.db, 'exc_1', {
        atMs: at('2026-10-05'),
        author: 'operator',
        reason: 'Ours',
      })
      await addExclusion(store.db, { ...words, ...span, id: 'exc_2', organizationId: 'org_late' })
      await close('2026-11-02')
      expect([await amounts('late'), await amounts('back')]).toEqual([['162.04'], ['162.04']])
    })

    test('an organization without a promise is owed nothing, and has its report all the same', async () => {
      await loadChat(store.db)
      await addHolder(store.db, 'acme', '2026-09-01')
      await recordSlices(store.db, 'acme', at('2026-09-10'), { slices: 42 })
      await close('2026-10-02')
      expect(await amounts('acme')).toEqual([])
      expect(await frozen('acme', '2026-09')).toMatchObject({ form: 'none', downSeconds: '420' })
    })

    test('who leaves gets the last month’s credit as a credit note', async () => {
      await loadChat(store.db)
      const id = await addHolder(store.db, 'acme', '2026-09-01', enterprise)
      await recordSlices(store.db, 'acme', at('2026-09-10'), { slices: 42 })
      await setLeaving(store.db, id, { atMs: at('2026-10-01'), reason: 'Closed', author: 'operator' })
      await close('2026-10-02')
      const notes = (await allInvoices(store.db)).filter(({ kind }) => kind === 'credit-note')
      expect(notes.map(({ document }) => document.total)).toEqual(['162.04'])
    })

    test('a month is the one of the SLA’s timezone', async () => {
      await loadChat(store.db, inZone('Pacific/Honolulu'))
      await addHolder(store.db, 'acme', '2026-09-01', enterprise)
      // Within September there, in October in UTC.
      await recordSlices(store.db, 'acme', at('2026-10-01T09:00:00Z'), { slices: 42 })
      await close('2026-10-02')
      expect(await frozen('acme', '2026-09')).toMatchObject({
        timezone: 'Pacific/Honolulu',
        downSeconds: '420',
      })
      expect(await amounts('acme')).toEqual(['162.04'])
    })

    test('without hours of grace a month still waits for its last slices, wherever it ends', async () => {
      const contract = (yaml: string) => `${inZone('Pacific/Honolulu')(yaml)}\nbilling: { graceHours: 0 }\n`
      await loadChat(store.db, contract)
      await addHolder(store.db, 'acme', '2026-09-01', enterprise)
      await close('2026-10-01T10:09:59.999Z')
      expect(await frozen('acme', '2026-09')).toBeUndefined()
      await close('2026-10-01T10:10:00Z')
      expect(await frozen('acme', '2026-09')).toBeDefined()
      expect(errors).toEqual([])
    })

    test('on claim, nothing is granted unasked; a claim in time opens every month the incident touches', async () => {
      await loadChat(store.db, onClaim)
      await addHolder(store.db, 'acme', '2026-09-01', enterprise)
      await recordSlices(store.db, 'acme', at('2026-09-30T23:53:00Z'), { slices: 84 })
      await incident('inc_1', at('2026-09-30T23:53:00Z'), at('2026-10-01T00:07:00Z'))
      await close('2026-10-02')
      expect(await amounts('acme')).toEqual([])
      const told = await claim('acme', 'inc_1', '2026-10-31T23:59:59.999Z')
      expect(told).toMatchObject({ untilMs: at('2026-11-01'), months: ['2026-09', '2026-10'] })
      expect(told.because.at(-1)).toBe('2026-10 is not closed yet: its credit is pending.')
      expect(await amounts('acme')).toEqual(['162.04'])
      await close('2026-11-02')
      expect(await amounts('acme')).toEqual(['162.04', '156.81'])
      expect(await frozen('acme', '2026-10')).toMatchObject({ downSeconds: '420' })
    })

    test('a claim after the deadline is kept and opens nothing, and of two incidents a month pays once', async () => {
      await loadChat(store.db, onClaim)
      await addHolder(store.db, 'acme', '2026-09-01', growth)
      await recordSlices(store.db, 'acme', at('2026-09-10'), { slices: 420 })
      await incident('inc_1', at('2026-09-10'), at('2026-09-10T00:10:00Z'))
      await incident('inc_2', at('2026-09-10'), at('2026-09-10T01:10:00Z'))
      await incident('inc_3', at('2026-09-11'), at('2026-09-12'))
      await close('2026-10-02')
      const late = await claim('acme', 'inc_1', '2026-10-11')
      expect([late.claim.accepted, late.months]).toEqual([false, []])
      expect(await amounts('acme')).toEqual([])
      await store.db
        .updateTable('incidents')
        .set({ resolved_ms: at('2026-09-12') })
        .where('id', '=', 'inc_2')
        .execute()
      expect((await claim('acme', 'inc_2', '2026-10-11')).claim.accepted).toBe(true)
      expect((await claim('acme', 'inc_3', '2026-10-11')).claim.accepted).toBe(true)
      // 1,799.00 x 4,200 x 25 / 2,592,000
      expect(await amounts('acme')).toEqual(['72.88'])
      await expect(claim('acme', 'inc_3', '2026-10-11')).rejects.toThrow('claimed already')
      await expect(claim('acme', 'inc_9', '2026-10-11')).rejects.toThrow('no such incident')
    })

    test('a claim is refused where credits come unasked, and where nothing is promised', async () => {
      await loadChat(store.db)
      await addHolder(store.db, 'acme', '2026-09-01', growth)
      await addHolder(store.db, 'small', '2026-09-01')
      await incident('inc_1', at('2026-09-10'), at('2026-09-10T00:10:00Z'))
      await expect(claim('acme', 'inc_1', '2026-09-11')).rejects.toThrow('without a claim')
      await expect(claim('small', 'inc_1', '2026-09-11')).rejects.toThrow('No uptime is promised')
    })

    test('an incident that goes on can be claimed, and opens the months it has touched by the close', async () => {
      await loadChat(store.db, onClaim)
      await addHolder(store.db, 'acme', '2026-09-01', enterprise)
      await recordSlices(store.db, 'acme', at('2026-09-10'), { slices: 42 })
      await incident('inc_1', at('2026-09-10'), null)
      const told = await claim('acme', 'inc_1', '2026-09-10T00:05:00Z')
      expect([told.claim.accepted, told.untilMs]).toEqual([true, undefined])
      await close('2026-10-02')
      expect(await amounts('acme')).toEqual(['162.04'])
    })
  })
}
