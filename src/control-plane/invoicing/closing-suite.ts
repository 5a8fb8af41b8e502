import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { minorUnits } from '../../core/exact/money.ts'
import { addCredit, creditsOf } from '../../store/credits.ts'
import { setInvoicingSettings } from '../../store/invoicing-settings.ts'
import { addManualLine } from '../../store/manual-lines.ts'
import { setLeaving } from '../../store/leavings.ts'
import { migrateTo, migrateToLatest } from '../../store/migrate.ts'
import type { Store } from '../../store/open-store.ts'
import { findOrganization } from '../../store/organizations.ts'
import { applyBatch } from '../../store/recording.ts'
import { everyFigure } from '../../store/test-batches.ts'
import { testKey } from '../availability/test-evidence.ts'
import { createMails } from '../channels/mail.ts'
import { type Job, type JobRunner, startJobRunner } from '../jobs/job-runner.ts'
import { heldReader } from '../usage/test-held-reader.ts'
import { type UsageReader, directUsageReader } from '../usage/usage-questions.ts'
import { createAgreements } from './agreement.ts'
import { closeMonthJob } from './close-month.ts'
import { type ReadUsage, draftInvoices } from './drafts.ts'
import { busyOctober, octoberBooks } from './test-october.ts'
import { addHolder, allInvoices, at, crowd, invoiceFor, loadChat, subscribe, use } from './test-customers.ts'
import { approveInvoice } from './waiting-invoices.ts'

/** What closing months must hold to on every database. `open`: an empty one, as two nodes have it open. */
export function runClosingSuite(name: string, open: () => Promise<readonly [Store, Store]>): void {
  describe(`${name}: closing months`, () => {
    let one: Store
    let other: Store
    let nowMs: number
    let realMs: number
    let errors: string[]
    let runners: JobRunner[]
    beforeEach(async () => {
      ;[one, other] = await open()
      await loadChat(one.db)
      ;[nowMs, realMs, errors, runners] = [at('2026-11-02'), 1_000_000, [], []]
    })
    afterEach(async () => {
      vi.useRealTimers()
      for (const each of runners) await each.stop()
      for (const store of new Set([one, other])) await store.close()
    })

    const mails = createMails({ smtpUrl: undefined, from: '', log: { warn: () => undefined } })
    const jobOf = (store: Store, usage = directUsageReader(store.db)) => {
      const deps = { agreements: createAgreements(), testClock: false, evidenceKey: testKey }
      return closeMonthJob({ ...deps, db: store.db, mails, usage })
    }
    const runner = (store: Store, nodeId: string, job: Job = jobOf(store)) => {
      const log = (facts: object, message: string) =>
        void errors.push(`${message}: ${'err' in facts ? String(facts.err) : ''}`)
      const started = startJobRunner({
        db: store.db,
        jobs: [job],
        nodeId,
        clock: () => nowMs,
        realClock: () => realMs,
        holdMs: 1000,
        log: { warn: log, error: log },
      })
      runners.push(started)
      return started
    }
    const close = async (until: string) => {
      nowMs = at(until)
      realMs += 120_000
      const closing = runner(one, `n${realMs}`)
      await closing.runDue()
      // One that looks again by itself would take work from the next.
      await closing.stop()
    }
    const draftsOf = async (id: string) => {
      const reader = directUsageReader(one.db)
      const readUsage: ReadUsage = async question => reader.ask('billed', question)
      const deps = { agreements: createAgreements(), testClock: false, readUsage }
      return draftInvoices(one.db, deps, (await findOrganization(one.db, id))!, nowMs)
    }
    const numbers = async () => (await allInvoices(one.db)).map(({ document }) => document.number)

    test('a month closes when its hours of grace are over, and lines add up to totals', async () => {
      await addHolder(one.db, 'acme', '2026-10-01', { tax: { kind: 'rate', percent: '19' } })
      await use(one.db, 'acme', crowd(10_100, '2026-10-20'))
      await close('2026-11-01T23:59:59.999Z')
      expect(await allInvoices(one.db)).toEqual([])
      await close('2026-11-02')
      const { document } = await invoiceFor(one.db, 'acme', '2026-10')
      expect(document).toMatchObject({ status: 'final', number: '2026-000001', issuedOn: '2026-11-02' })
      expect(document.lines.map(({ amount }) => amount)).toEqual(['499.00', '9.00'])
      expect(document).toMatchObject({ subtotal: '508.00', tax: { amount: '96.52' }, total: '604.52' })
      expect(document.usage).toEqual({ mau: 10_100, connections: 0 })
      expect(errors).toEqual([])
    })

    test('two nodes that close at once write each invoice once, and numbers have no gaps', async () => {
      for (let i = 0; i < 12; i++) await addHolder(one.db, `acme${i}`, '2026-09-01')
      const both = [runner(one, 'a'), runner(other, 'b')]
      await Promise.all(both.map(each => each.runDue()))
      await Promise.all(both.map(each => each.runDue()))
      const expected = Array.from({ length: 24 }, (_, i) => `2026-${String(i + 1).padStart(6, '0')}`)
      expect(await numbers()).toEqual(expected)
      expect(errors).toEqual([])
    })

    test('a node that dies in the middle leaves no gap, and another finishes without doing twice', async () => {
      for (let i = 0; i < 6; i++) await addHolder(one.db, `acme${i}`, '2026-10-01')
      const job = jobOf(one)
      const died = Promise.withResolvers<void>()
      let steps = 0
      const dying: Job = {
        ...job,
        run: async (period, step) =>
          job.run(period, async verb => {
            // Dead between steps: after the list, two invoices, and a third that was written but not committed.
            if (steps >= 4) return new Promise(() => died.resolve())
            return step(async (trx, stepMs) => {
              const done = await verb(trx, stepMs)
              steps += 1
              if (steps === 4) throw new Error('cut off')
              return done
            })
          }),
      }
      void runner(one, 'a', dying).runDue()
      await died.promise
      runners = []
      expect(await numbers()).toEqual(['2026-000001', '2026-000002'])
      await runner(other, 'b').runDue()
      expect(await allInvoices(one.db)).toHaveLength(2)
      realMs += 1000
      await runner(other, 'c').runDue()
      const expected = Array.from({ length: 6 }, (_, i) => `2026-${String(i + 1).padStart(6, '0')}`)
      expect(await numbers()).toEqual(expected)
      expect(new Set((await allInvoices(one.db)).map(each => each.organizationId)).size).toBe(6)
    })

    test('while a month is counted for its invoice others write, and it closes once at the same amounts', async () => {
      await addHolder(one.db, 'acme', '2026-10-01')
      await use(one.db, 'acme', crowd(10_100, '2026-10-20'))
      const held = heldReader(directUsageReader(one.db))
      const closing = runner(one, 'a', jobOf(one, held.reader)).runDue()
      await held.asked
      // It would wait for ever if the count were part of a transaction: SQLite has one at a time.
      await one.db.transaction().execute(async trx => addHolder(trx, 'other', '2026-11-01'))
      expect(await allInvoices(one.db)).toEqual([])
      held.goOn()
      await closing
      const { document } = await invoiceFor(one.db, 'acme', '2026-10')
      expect(document.lines.map(({ amount }) => amount)).toEqual(['499.00', '9.00'])
      expect(await numbers()).toEqual(['2026-000001'])
      expect(errors).toEqual([])
    })

    test('while one customer’s month is written, the next one’s is read', async () => {
      for (const holder of ['acme', 'beta']) await addHolder(one.db, holder, '2026-10-01')
      let closed = 0
      const closedAtReading: number[] = []
      const real = directUsageReader(one.db)
      const reader: UsageReader = {
        ...real,
        async ask(kind, question) {
          if (kind === 'billed') closedAtReading.push(closed)
          return real.ask(kind, question)
        },
      }
      const job = jobOf(one, reader)
      const run: Job['run'] = async (period, step) =>
        job.run(period, async verb => {
          const done = await step(verb)
          closed = (await allInvoices(one.db)).length
          return done
        })
      await runner(one, 'a', { ...job, run }).runDue()
      expect(closedAtReading).toEqual([0, 0])
      expect(await numbers()).toEqual(['2026-000001', '2026-000002'])
    })

    test('a node that counts for longer than a silent one is waited for keeps the month it closes', async () => {
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
      await addHolder(one.db, 'acme', '2026-10-01')
      const held = heldReader(directUsageReader(one.db))
      const closing = runner(one, 'a', jobOf(one, held.reader)).runDue()
      await held.asked
      const heldUntil = async () =>
        (await one.db.selectFrom('job_runs').selectAll().executeTakeFirstOrThrow()).held_until_ms
      expect(await heldUntil()).toBe(realMs + 1000)
      realMs += 900
      vi.advanceTimersByTime(20_000)
      await vi.waitFor(async () => expect(await heldUntil()).toBe(realMs + 1000))
      realMs += 900
      await runner(other, 'b').runDue()
      expect(await allInvoices(one.db)).toEqual([])
      held.goOn()
      await closing
      expect(await numbers()).toEqual(['2026-000001'])
      expect(errors).toEqual([])
    })

    test('a clock that steps back after a close opens nothing again, and bills nothing twice', async () => {
      const organizationId = await addHolder(one.db, 'acme', '2026-10-01')
      await use(one.db, 'acme', crowd(10_001, '2026-10-31'))
      await close('2026-11-02')
      const closed = await allInvoices(one.db)
      await close('2026-10-31T23:00:00Z')
      await use(one.db, 'acme', [['late', '2026-10-31T23:00:00Z']])
      expect(await draftsOf(organizationId)).toEqual([])
      await close('2026-11-01')
      expect(await allInvoices(one.db)).toEqual(closed)
      await close('2026-11-02')
      expect(await allInvoices(one.db)).toEqual(closed)
      expect((await draftsOf(organizationId)).map(({ month }) => month)).toEqual(['2026-11'])
      await close('2026-12-02')
      expect(await numbers()).toEqual(['2026-000001', '2026-000002'])
      const [october, november] = await allInvoices(one.db)
      expect(october).toEqual(closed[0])
      expect(november?.document.lines).toMatchObject([
        { kind: 'plan', amount: '499.00' },
        { kind: 'correction', description: 'Correction of 2026-10', amount: '0.09' },
      ])
      expect(errors).toEqual([])
    })

    test('users that come again, from their node or another, change no invoice', async () => {
      await addHolder(one.db, 'acme', '2026-10-01')
      const batch = await use(one.db, 'acme', crowd(10_001, '2026-10-31'))
      await close('2026-11-02')
      await applyBatch(one.db, batch)
      await applyBatch(one.db, { ...batch, nodeId: 'node_2' })
      await close('2026-12-02')
      const november = await invoiceFor(one.db, 'acme', '2026-11')
      expect(november.document.lines.map(({ kind }) => kind)).toEqual(['plan'])
    })

    test('replaying a month’s batches twice, before its close and after, leaves every document as it was', async () => {
      await one.db.deleteFrom('contract_versions').execute()
      await loadChat(one.db, yaml =>
        yaml.replace('includes: { mau: 10000, connections: 500 }', 'includes: { mau: 10, connections: 3 }'),
      )
      const organizationId = await addHolder(one.db, 'acme', '2026-10-01', { supportPlan: 'business' })
      const batches = busyOctober('app_acme')
      for (const batch of batches) await applyBatch(one.db, batch)
      const figures = await everyFigure(one)
      const replay = async () => {
        for (const batch of [...batches, ...batches.toReversed()]) await applyBatch(one.db, batch)
        expect(await everyFigure(one)).toEqual(figures)
      }
      nowMs = at('2026-10-31T23:00:00Z')
      const draft = await draftsOf(organizationId)
      await replay()
      expect(await draftsOf(organizationId)).toEqual(draft)
      await close('2026-11-02')
      const closed = await octoberBooks(one, organizationId)
      const [october] = closed.invoices
      expect(october?.document.usage).toEqual({ mau: 14, connections: 7 })
      expect(october?.document.lines.map(({ kind }) => kind)).toEqual(['plan', 'support-plan', 'overage'])
      expect(closed).toMatchObject({ credits: [{ source: 'sla' }], evidence: { month: '2026-10' } })
      await replay()
      expect(await octoberBooks(one, organizationId)).toEqual(closed)
      await close('2026-12-02')
      const november = await invoiceFor(one.db, 'acme', '2026-11')
      expect(november.document.lines.map(({ kind }) => kind)).toEqual(['plan', 'support-plan'])
      expect(await invoiceFor(one.db, 'acme', '2026-10')).toEqual(october)
      expect(errors).toEqual([])
    })

    test('usage that came late is one correction on the next invoice, and the closed month stays as it was', async () => {
      await addHolder(one.db, 'acme', '2026-10-01')
      await use(one.db, 'acme', crowd(10_000, '2026-10-05'))
      await close('2026-11-02')
      const before = await invoiceFor(one.db, 'acme', '2026-10')
      await use(one.db, 'acme', crowd(10_010, '2026-10-31T23:59:59.999Z'))
      await close('2027-01-02')
      expect(await invoiceFor(one.db, 'acme', '2026-10')).toEqual(before)
      const [november, december] = [
        await invoiceFor(one.db, 'acme', '2026-11'),
        await invoiceFor(one.db, 'acme', '2026-12'),
      ]
      expect(november.document.lines).toMatchObject([
        { kind: 'plan', amount: '499.00' },
        { kind: 'correction', description: 'Correction of 2026-10', amount: '0.90' },
      ])
      expect(december.document.lines).toHaveLength(1)
    })

    test('the database itself refuses to change or delete a final invoice', async () => {
      const id = await addHolder(one.db, 'acme', '2026-10-01')
      await close('2026-11-02')
      const changed = sql`update invoices set document = '{}' where organization = ${id}`.execute(one.db)
      await expect(changed).rejects.toThrow('a final invoice never changes')
      const deleted = sql`delete from invoices where organization = ${id}`.execute(one.db)
      await expect(deleted).rejects.toThrow('an invoice is never deleted')
    })

    test('the schema goes back to before invoices and forward again, and an invoice can be written after', async () => {
      await addHolder(one.db, 'acme', '2026-10-01')
      await migrateTo(one.db, '0004-terms')
      await migrateToLatest(one.db)
      await close('2026-11-02')
      expect(await numbers()).toEqual(['2026-000001'])
    })

    test('credits lower the invoices, oldest first, until they are used up', async () => {
      const organizationId = await addHolder(one.db, 'acme', '2026-09-01')
      const credit = {
        organizationId,
        currency: 'USD',
        reason: 'Outage',
        source: 'person',
        author: 'operator',
      }
      await addCredit(one.db, { ...credit, id: 'crd_2', amount: '300.00', grantedMs: at('2026-09-09') })
      await addCredit(one.db, { ...credit, id: 'crd_1', amount: '400.00', grantedMs: at('2026-09-02') })
      await addCredit(one.db, { ...credit, id: 'crd_3', currency: 'EUR', amount: '1.00', grantedMs: 1 })
      await close('2026-11-02')
      const applied = async (month: string) =>
        (await invoiceFor(one.db, 'acme', month)).document.creditsApplied.map(
          ({ id, amount }) => `${id} ${amount}`,
        )
      expect(await applied('2026-09')).toEqual(['crd_1 400.00', 'crd_2 99.00'])
      expect(await applied('2026-10')).toEqual(['crd_2 201.00'])
      expect((await invoiceFor(one.db, 'acme', '2026-10')).document.total).toBe('298.00')
    })

    test('a month in which nothing cost anything gets no invoice, and is closed all the same', async () => {
      await addHolder(one.db, 'free', '2026-09-01', { plan: 'maker' })
      await use(one.db, 'free', crowd(3, '2026-10-05'))
      await close('2026-11-02')
      expect(await allInvoices(one.db)).toEqual([])
      expect(errors).toEqual([])
    })

    test('an invoice below zero asks for nothing, and what it would give back is a credit on the next', async () => {
      const organizationId = await addHolder(one.db, 'acme', '2026-09-01')
      await addManualLine(one.db, {
        id: 'lin_1',
        organizationId,
        month: '2026-09',
        currency: 'USD',
        description: 'Migration discount',
        amount: '-600.00',
        reason: 'Agreed with sales',
        author: 'operator',
        createdMs: 1,
      })
      await close('2026-11-02')
      const september = await invoiceFor(one.db, 'acme', '2026-09')
      expect(september.document.lines.map(({ amount }) => amount)).toEqual(['499.00', '-600.00', '101.00'])
      expect(september.document).toMatchObject({ subtotal: '0.00', total: '0.00' })
      expect((await invoiceFor(one.db, 'acme', '2026-10')).document.total).toBe('398.00')
    })

    test('an invoice that waits has no number; approved it has the next one, and says what is right by then', async () => {
      const id = await addHolder(one.db, 'acme', '2026-10-01', { approval: true })
      await addHolder(one.db, 'other', '2026-10-01')
      await close('2026-11-02')
      const waiting = await invoiceFor(one.db, 'acme', '2026-10')
      expect(waiting.document).toMatchObject({ status: 'awaiting-approval', number: null, issuedOn: null })
      const deps = { agreements: createAgreements(), testClock: false }
      const approve = async () =>
        one.db.transaction().execute(async trx => approveInvoice(trx, deps, waiting, at('2026-11-05')))
      // Whoever changed it, and however: the approval looks for itself.
      await setInvoicingSettings(one.db, id, { tax: undefined, approval: true, purchaseOrder: 'PO-7' })
      const approved = await approve()
      expect(approved.document).toMatchObject({
        number: '2026-000002',
        issuedOn: '2026-11-05',
        customer: { purchaseOrder: 'PO-7' },
      })
      expect(await invoiceFor(one.db, 'acme', '2026-10')).toEqual(approved)
      await expect(approve()).rejects.toThrow('does not wait for approval')
    })

    test('one organization that cannot be closed holds up no other, and is made up for in order', async () => {
      await addHolder(one.db, 'acme', '2026-09-01')
      await addHolder(one.db, 'broken', '2026-09-01', { plan: 'gone' })
      await close('2026-11-02')
      expect((await allInvoices(one.db)).map(({ month }) => month)).toEqual(['2026-09', '2026-10'])
      expect(errors).toEqual([
        expect.stringContaining('2026-09 of 1 of 2 organizations is not closed: org_broken: at 2026-09-01'),
        expect.stringContaining('2026-10 of 1 of 2 organizations is not closed: org_broken: at 2026-09-01'),
      ])
      await subscribe(one.db, 'broken', '2026-09-01', { plan: 'growth', supportPlan: 'business' })
      await close('2026-11-03')
      expect(await numbers()).toEqual(['2026-000001', '2026-000002', '2026-000003', '2026-000004'])
    })

    test('a yearly fee is billed in the month in which its year begins, and overage each month', async () => {
      await one.db.deleteFrom('contract_versions').execute()
      await loadChat(one.db, yaml =>
        yaml.replace('monthly: "499.00"', 'monthly: "499.00", annual: "4990.00"'),
      )
      await addHolder(one.db, 'acme', '2026-09-15', { interval: 'annual' })
      await use(one.db, 'acme', crowd(10_010, '2026-10-05'))
      await close('2026-11-02')
      const amounts = async (month: string) =>
        (await invoiceFor(one.db, 'acme', month)).document.lines.map(({ amount }) => amount)
      expect(await amounts('2026-09')).toEqual(['4990.00'])
      expect(await amounts('2026-10')).toEqual(['0.90'])
    })

    test('who leaves is billed to its last second, and credits that are left become a credit note', async () => {
      const organizationId = await addHolder(one.db, 'acme', '2026-09-01')
      const atMs = at('2026-09-16')
      await setLeaving(one.db, organizationId, { atMs, reason: 'Closed down', author: 'operator' })
      const credit = { currency: 'USD', reason: 'Outage', source: 'person', author: 'operator' }
      await addCredit(one.db, { ...credit, id: 'crd_1', organizationId, amount: '300.00', grantedMs: atMs })
      await close('2026-11-02')
      const all = (await allInvoices(one.db)).map(({ kind, document: { number, total } }) => [
        kind,
        number,
        total,
      ])
      expect(all).toContainEqual(['invoice', '2026-000001', '0.00'])
      expect(all).toContainEqual(['credit-note', '2026-000002', '50.50'])
      expect(all).toHaveLength(2)
      const [used] = await creditsOf(one.db, organizationId)
      expect(used?.uses.reduce((sum, { amount }) => sum + minorUnits(amount, 2), 0n)).toBe(30_000n)
    })

    test('one second of a bigger plan does not buy its allowance', async () => {
      await addHolder(one.db, 'acme', '2026-10-01')
      await subscribe(one.db, 'acme', '2026-10-10T00:00:00Z', { plan: 'enterprise' })
      await subscribe(one.db, 'acme', '2026-10-10T00:00:01Z')
      await use(one.db, 'acme', crowd(10_101, '2026-10-05'))
      await close('2026-11-02')
      const { document } = await invoiceFor(one.db, 'acme', '2026-10')
      expect(document.lines.at(-1)).toMatchObject({ kind: 'overage', included: 10_001, amount: '9.00' })
    })

    test('of two changes at one instant the later decision is billed, and every second once', async () => {
      await addHolder(one.db, 'acme', '2026-10-01')
      await subscribe(one.db, 'acme', '2026-10-16T12:00:00Z', { plan: 'enterprise' })
      await subscribe(one.db, 'acme', '2026-10-16T12:00:00Z', { plan: 'growth' })
      await close('2026-11-02')
      const { document } = await invoiceFor(one.db, 'acme', '2026-10')
      expect(document.lines.map(({ amount }) => amount)).toEqual(['249.50', '649.50'])
    })

    test('a user at the last millisecond of a month and one at the first of the next fall into their months', async () => {
      await addHolder(one.db, 'acme', '2026-10-01')
      await use(one.db, 'acme', [
        ['ada', '2026-10-31T23:59:59.999Z'],
        ['bob', '2026-11-01T00:00:00.000Z'],
        ['cid', '2026-11-01T00:00:00.000Z'],
      ])
      await close('2026-12-02')
      expect((await invoiceFor(one.db, 'acme', '2026-10')).document.usage.mau).toBe(1)
      expect((await invoiceFor(one.db, 'acme', '2026-11')).document.usage.mau).toBe(2)
    })

    test.each([
      ['yen', 'JPY', '1000000000000', '1000000000000', '100000000000'],
      ['dinars', 'KWD', '1000000000000.125', '1000000000000.125', '100000000000.013'],
      [
        'dollars past what a float counts',
        'USD',
        '900719925474099.31',
        '900719925474099.31',
        '90071992547409.93',
      ],
    ])('%s: amounts keep every minor unit', async (_, code, price, subtotal, tax) => {
      await one.db.deleteFrom('contract_versions').execute()
      const prices = { JPY: '0', KWD: '0.000', USD: '0.00' }[code] ?? ''
      await loadChat(one.db, yaml =>
        yaml
          .replace(/currency: \w+/, `currency: ${code}`)
          .replaceAll(/(monthly: )"(\d+)\.00"/g, (_text, key, whole) => `${key}"${whole}${prices.slice(1)}"`)
          .replaceAll(/(Below: )"(\d+)\.00"/g, '$1"$2"')
          .replaceAll(/(mau|connections): "0\.\d+"/g, '$1: "1"')
          .replace(/monthly: "499[.0]*"/, `monthly: "${price}"`),
      )
      await addHolder(one.db, 'acme', '2026-10-01', { tax: { kind: 'rate', percent: '10' } })
      await close('2026-11-02')
      expect((await invoiceFor(one.db, 'acme', '2026-10')).document).toMatchObject({
        subtotal,
        tax: { amount: tax },
      })
    })

    test('months that were missed close in order, however long nobody looked', async () => {
      await addHolder(one.db, 'acme', '2026-01-31')
      await close('2026-12-02')
      const months = (await allInvoices(one.db)).map(({ month, document }) => `${month} ${document.number}`)
      expect(months).toHaveLength(11)
      expect(months.map(text => text.slice(0, 7))).toEqual(months.map(text => text.slice(0, 7)).toSorted())
      expect(months.at(-1)).toBe('2026-11 2026-000011')
    })
  })
}
