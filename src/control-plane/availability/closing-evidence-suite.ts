import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../../identity/credentials.ts'
import { creditsOf } from '../../store/credits.ts'
import { findEvidence } from '../../store/evidence.ts'
import { addExclusion } from '../../store/exclusions.ts'
import type { Store } from '../../store/open-store.ts'
import { findSlaMonth } from '../../store/sla-months.ts'
import { fileClaim } from '../api/file-claim.ts'
import { createMails } from '../channels/mail.ts'
import { createAgreements } from '../invoicing/agreement.ts'
import { closeMonthJob } from '../invoicing/close-month.ts'
import { addHolder, allInvoices, at, loadChat } from '../invoicing/test-customers.ts'
import { startJobRunner } from '../jobs/job-runner.ts'
import { directUsageReader } from '../usage/usage-questions.ts'
import type { EvidenceSigner } from './evidence-file.ts'
import { openCommitment } from './open-commitment.ts'
import { check, testKey } from './test-evidence.ts'
import { recordSlices } from './test-slices.ts'

const enterprise = { plan: 'enterprise', supportPlan: 'enterprise' }
const onClaim = (yaml: string) => yaml.replaceAll('credit: automatic', 'credit: on-claim')
const withinADay = (yaml: string) => yaml.replaceAll('credit: automatic', 'credit: on-claim, claimDays: 1')
const inZone = (yaml: string) =>
  yaml.replaceAll('credit: automatic', 'credit: automatic, timezone: Pacific/Honolulu')

/** A yearly fee counts a twelfth each month. */
const yearly = (yaml: string) =>
  yaml
    .replace('monthly: "8000.00"', 'monthly: "8000.00", annual: "96000.00"')
    .replace('price: { monthly: "2000.00" }', 'price: { monthly: "2000.00", annual: "24000.00" }')

/** What the evidence that a close writes must hold to on every database. `open`: an empty one. */
export function runClosingEvidenceSuite(name: string, open: () => Promise<Store>): void {
  describe(`${name}: the evidence of a month that closes`, () => {
    let store: Store
    let errors: string[]
    let realMs: number
    beforeEach(async () => {
      store = await open()
      ;[errors, realMs] = [[], 1_000_000]
    })
    afterEach(async () => store.close())

    const close = async (until: string, of = store, evidenceKey: EvidenceSigner = testKey) => {
      const log = (facts: object, message: string) =>
        void errors.push(`${message}: ${'err' in facts ? String(facts.err) : ''}`)
      realMs += 120_000
      const usage = directUsageReader(of.db)
      const mails = createMails({ smtpUrl: undefined, from: '', log: { warn: () => undefined } })
      const deps = { agreements: createAgreements(), testClock: false, evidenceKey }
      const runner = startJobRunner({
        db: of.db,
        jobs: [closeMonthJob({ ...deps, db: of.db, usage, mails })],
        nodeId: newId('key'),
        clock: () => at(until),
        realClock: () => realMs,
        log: { warn: log, error: log },
      })
      await runner.runDue()
      await runner.stop()
    }
    const fileOf = async (month: string, of = store) => {
      const found = await findEvidence(of.db, 'org_acme', month)
      return found && { ...found, text: new TextDecoder().decode(found.file) }
    }
    const granted = async () => (await creditsOf(store.db, 'org_acme')).map(({ amount }) => amount)
    const result = (text: string) =>
      JSON.parse(text.trimEnd().split('\n').at(-2)!) as {
        owed: string
        credit: { amount: string }
        downSeconds: string
      }
    const incident = async (resolvedMs: number | null) => {
      const words = { title: 'Down', impact: 'major', source: 'person', component: null } as const
      const times = { started_ms: at('2026-09-10'), resolved_ms: resolvedMs, created_ms: at('2026-09-10') }
      const row = { ...words, ...times, id: 'inc_1', status: 'resolved' as const, merged_into: null }
      await store.db.insertInto('incidents').values(row).execute()
    }
    const claim = async (when: string) =>
      store.db.transaction().execute(async trx => {
        const words = { subject: 'Outage', text: '', author: 'mem_1' }
        const asked = { ...words, organizationId: 'org_acme', incident: 'inc_1' }
        return fileClaim(trx, createAgreements(), asked, at(when))
      })
    /** September with seven minutes down, of a customer and of others who share the platform. */
    const september = async (of = store, change?: (yaml: string) => string, holder: object = enterprise) => {
      await loadChat(of.db, change)
      await addHolder(of.db, 'acme', '2026-09-01', holder)
      await addHolder(of.db, 'other', '2026-09-01')
      await recordSlices(of.db, 'acme', at('2026-09-10'), { slices: 42 })
      await recordSlices(of.db, 'acme', at('2026-09-11'), { slices: 10, failed: 2, valid: 9 })
      // Where acme asked too little to tell, all apps together do.
      await recordSlices(of.db, 'other', at('2026-09-12'), { slices: 6 })
    }

    test.each([
      ['given unasked', undefined, enterprise, '185.19'],
      ['of a month in Honolulu', inZone, enterprise, '185.19'],
      ['billed by the year', yearly, { ...enterprise, interval: 'annual' as const }, '185.19'],
      ['of a plan that promises nothing', undefined, {}, undefined],
    ])('holds, and owes the credit that was granted: %s', async (_, change, holder, amount) => {
      await september(store, change, holder)
      await close('2026-10-02')
      expect(errors).toEqual([])
      const { text, head } = (await fileOf('2026-09'))!
      const checked = await check(text, { publicKey: testKey.publicKey, head })
      expect(checked.breaks).toEqual([])
      expect(checked.holds).toBe(true)
      const given = (await granted())[0] ?? '0.00'
      expect(result(text).owed).toBe(given)
      if (amount !== undefined) expect(given).toBe(amount)
      expect(text.match(/"commitment":"/g)?.length).toBe(1)
    })

    test('a changed byte of it is found, wherever it is', async () => {
      await september()
      await close('2026-10-02')
      const { file } = (await fileOf('2026-09'))!
      for (let place = 0; place < file.length; place += Math.ceil(file.length / 40)) {
        const { holds } = await check(file.with(place, file[place]! ^ 1))
        expect([place, holds]).toEqual([place, false])
      }
    })

    test('a close that dies at its last step leaves no credit, no invoice and no evidence, and the next leaves all', async () => {
      await september()
      const dying: EvidenceSigner = {
        publicKey: testKey.publicKey,
        saltOf: text => testKey.saltOf(text),
        sign() {
          throw new Error('cut off')
        },
      }
      await close('2026-10-02', store, dying)
      expect(errors.join()).toContain('cut off')
      expect([await granted(), await allInvoices(store.db)]).toEqual([[], []])
      expect([await fileOf('2026-09'), await findSlaMonth(store.db, 'org_acme', '2026-09')]).toEqual([
        undefined,
        undefined,
      ])
      await close('2026-10-03')
      expect(await granted()).toEqual(['185.19'])
      expect((await check((await fileOf('2026-09'))!.file)).holds).toBe(true)
    })

    test('a month that is closed again from the same facts has the same bytes', async () => {
      const replica = await open()
      for (const each of [store, replica]) {
        await september(each)
        await close('2026-10-02', each)
        await close('2026-11-02', each)
      }
      for (const month of ['2026-09', '2026-10']) {
        const [one, again] = [await fileOf(month), await fileOf(month, replica)]
        expect(one?.text).toBeDefined()
        expect(again?.text).toBe(one?.text)
      }
      await replica.close()
    })

    test('what comes after the close changes nothing in it, and the next month goes on from its head', async () => {
      await september()
      await close('2026-10-02')
      const before = (await fileOf('2026-09'))!
      await recordSlices(store.db, 'acme', at('2026-09-20'), { slices: 42 })
      await addExclusion(store.db, {
        id: 'exc_1',
        organizationId: 'org_acme',
        reason: 'customer',
        startMs: at('2026-09-10'),
        endMs: at('2026-09-11'),
        text: 'Too late',
        author: 'operator',
        createdMs: at('2026-10-05'),
      })
      await close('2026-11-02')
      expect(await fileOf('2026-09')).toEqual(before)
      const next = (await fileOf('2026-10'))!
      const { says } = await check(next.text, { head: before.head })
      expect(says.join(' ')).toContain('goes on from the head you kept')
    })

    test('a commitment is opened to the totals of then, whatever came since, and checked by whoever has the file', async () => {
      await september()
      await close('2026-10-02')
      await recordSlices(store.db, 'other', at('2026-09-12'), { slices: 6 })
      const day = { organizationId: 'org_acme', month: '2026-09', app: 'app_acme', date: '2026-09-12' }
      const opening = await openCommitment(store.db, testKey, day)
      expect(opening).toMatchObject({
        kind: 'opening',
        totals: Array.from({ length: 6 }, (_, i) => [i, 100, 100]),
      })
      const { file } = (await fileOf('2026-09'))!
      const opened = async (change: object) =>
        check(file, { opened: new TextEncoder().encode(JSON.stringify({ ...opening, ...change })) })
      const { holds, breaks, says } = await opened({})
      expect([breaks, holds]).toEqual([[], true])
      expect(says.at(-1)).toContain('Opened: 6 slices of app_acme on 2026-09-12')
      const nothing = await openCommitment(store.db, testKey, { ...day, date: '2026-09-13' })
      expect(nothing).toMatchObject({ isMissing: false, why: expect.stringContaining('nothing to open') })
      const never = await openCommitment(store.db, testKey, { ...day, date: '2026-10-13' })
      expect(never).toMatchObject({ isMissing: true })
    })

    test('a claim made before the close is in it and owed; one made after is not, and opens what the file says', async () => {
      await september(store, onClaim)
      await incident(at('2026-09-10T00:07:00Z'))
      await close('2026-10-02')
      const { text } = (await fileOf('2026-09'))!
      expect(await check(text)).toMatchObject({ holds: true })
      expect(result(text)).toMatchObject({ owed: '0.00', credit: { amount: '185.19' } })
      await claim('2026-10-05')
      expect(await granted()).toEqual([result(text).credit.amount])
      expect((await fileOf('2026-09'))?.text).toBe(text)
    })

    test.each([
      ['of an incident that is over', at('2026-09-10T00:07:00Z'), '2026-09-20', true],
      ['of an incident that goes on', null, '2026-09-20', true],
      ['that came too late', at('2026-09-10T00:07:00Z'), '2026-09-20', false],
    ])('a claim %s is in it as the close took it', async (_, resolvedMs, when, inTime) => {
      await september(store, inTime ? onClaim : withinADay)
      await incident(resolvedMs)
      await claim(when)
      await close('2026-10-02')
      expect(errors).toEqual([])
      const { text } = (await fileOf('2026-09'))!
      expect((await check(text)).breaks).toEqual([])
      expect(text).toContain(`"accepted":${inTime}`)
      expect(result(text).owed).toBe(inTime ? '185.19' : '0.00')
      expect(await granted()).toEqual(inTime ? ['185.19'] : [])
    })

    test('a claim that was late, of an incident that is later found to have lasted longer, is in time', async () => {
      await september(store, withinADay)
      await incident(at('2026-09-10T00:07:00Z'))
      expect((await claim('2026-09-20')).claim.accepted).toBe(false)
      await store.db
        .updateTable('incidents')
        .set({ resolved_ms: at('2026-09-19') })
        .execute()
      await close('2026-10-02')
      const { text } = (await fileOf('2026-09'))!
      expect((await check(text)).breaks).toEqual([])
      expect([await granted(), result(text).owed]).toEqual([['185.19'], '185.19'])
    })
  })
}
