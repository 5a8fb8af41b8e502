import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addCredit } from '../../store/credits.ts'
import { setLeaving } from '../../store/leavings.ts'
import { addManualLine } from '../../store/manual-lines.ts'
import { addMember } from '../../store/members.ts'
import type { Store } from '../../store/open-store.ts'
import { updateOrganization } from '../../store/organizations.ts'
import { addPayment, addWriteOff } from '../../store/payments.ts'
import { type Mails, createMails } from '../channels/mail.ts'
import { startMailServer } from '../../../test/mail-server.ts'
import { type Job, startJobRunner } from '../jobs/job-runner.ts'
import { overdueJob } from '../jobs/overdue-invoices.ts'
import { createAgreements } from './agreement.ts'
import { closeMonthJob } from './close-month.ts'
import { addCreditNote } from './credit-notes.ts'
import { addHolder, at, invoiceFor, loadChat } from './test-customers.ts'
import { testKey as evidenceKey } from '../availability/test-evidence.ts'
import { directUsageReader } from '../usage/usage-questions.ts'

const PROVIDER = `
provider:
  legalName: Chat Inc.
  address: [1 Main Street]
  paymentTermsDays: 14
  paymentInstructions: IBAN DE02 1203 0000 0000 2020 51
`

interface Told {
  readonly type: string
  readonly organization: string | null
  readonly data: Record<string, unknown>
}

/** What the outside hears of invoices, on every database. `open`: an empty one, as two nodes have it open. */
export function runTellingSuite(name: string, open: () => Promise<readonly [Store, Store]>): void {
  describe(`${name}: what is told of invoices`, () => {
    let one: Store
    let other: Store
    let nowMs: number
    let realMs: number
    let logged: string[]
    let mails: Mails
    beforeEach(async () => {
      ;[one, other] = await open()
      await loadChat(one.db, yaml => yaml + PROVIDER)
      ;[nowMs, realMs, logged] = [at('2026-11-02'), 1_000_000, []]
      mails = mailsTo('smtp://127.0.0.1:1')
    })
    afterEach(async () => {
      for (const store of new Set([one, other])) await store.close()
    })

    function mailsTo(smtpUrl: string | undefined): Mails {
      const log = pino({ level: 'warn' }, { write: line => logged.push(line) })
      return createMails({ smtpUrl, from: 'Chat <billing@chat.example>', log })
    }

    /** Does what is due at `when` on each of the stores at once, as nodes would, and ends them. */
    async function work(when: string, stores: readonly Store[] = [one], testClock = false): Promise<void> {
      nowMs = at(when)
      realMs += 120_000
      const errors: string[] = []
      const log = (facts: object, message: string) =>
        void errors.push(`${message}: ${'err' in facts ? String(facts.err) : ''}`)
      const nodes = stores.map((store, place) => {
        const usage = directUsageReader(store.db)
        const deps = { db: store.db, mails, usage, agreements: createAgreements(), testClock, evidenceKey }
        const jobs: Job[] = [closeMonthJob(deps), overdueJob(mails)]
        const clocks = { clock: () => nowMs, realClock: () => realMs }
        const nodeId = `node_${realMs}_${place}`
        return startJobRunner({ db: store.db, jobs, nodeId, ...clocks, log: { warn: log, error: log } })
      })
      await Promise.all(nodes.map(node => node.runDue()))
      await Promise.all(nodes.map(node => node.stop()))
      expect(errors).toEqual([])
    }

    const told = async (type = ''): Promise<Told[]> => {
      const rows = await one.db.selectFrom('events').selectAll().orderBy('at_ms').orderBy('type').execute()
      const all = rows.map(row => ({ ...row, data: JSON.parse(row.data) as Record<string, unknown> }))
      return all.filter(each => each.type.startsWith(type))
    }
    const queued = async () => {
      const rows = await one.db.selectFrom('deliveries').select('mail').orderBy('created_ms').execute()
      return rows.map(({ mail }) => JSON.parse(mail ?? '') as { to: string; subject: string; text: string })
    }
    const billTo = async (id: string, email: string) => updateOrganization(one.db, id, { billing: { email } })
    const admin = async (organizationId: string, email: string, number = 1) =>
      addMember(one.db, {
        id: `mem_${email}_${number}`,
        name: email,
        email,
        role: 'customer-admin',
        organizationId,
        createdMs: number,
        tokenHash: `${email}_${number}`,
      })
    const pay = async (invoiceId: string, amount: string) =>
      addPayment(one.db, {
        id: `pay_${invoiceId}_${amount}`,
        invoiceId,
        amount,
        atMs: nowMs,
        reference: undefined,
        author: 'operator',
        createdMs: nowMs,
        reverses: undefined,
        reason: undefined,
      })

    test('an invoice that closes is told of once, whichever of two nodes closes it', async () => {
      const id = await addHolder(one.db, 'acme', '2026-10-01', { tax: { kind: 'rate', percent: '19' } })
      await billTo(id, 'pay@acme.example')
      await work('2026-11-02', [one, other])
      await work('2026-11-03', [one, other])
      const { id: invoice } = await invoiceFor(one.db, 'acme', '2026-10')
      expect(await told()).toMatchObject([
        {
          type: 'invoice.closed',
          organization: id,
          data: {
            invoice,
            number: '2026-000001',
            month: '2026-10',
            issuedOn: '2026-11-02',
            dueOn: '2026-11-16',
            total: '593.81',
            currency: 'USD',
            testClock: false,
          },
        },
      ])
      const [mail, ...more] = await queued()
      expect(more).toEqual([])
      expect(mail).toMatchObject({
        to: 'pay@acme.example',
        subject: 'Invoice 2026-000001 from Chat Inc.: 593.81 USD',
      })
      for (const words of [
        '  Plan start: 499.00',
        '  Tax, 19 % of 499.00: 94.81',
        '  Total: 593.81 USD',
        'To be paid by 2026-11-16.\nIBAN DE02 1203 0000 0000 2020 51',
        `GET /api/invoices/${invoice}`,
      ]) {
        expect(mail?.text).toContain(words)
      }
    })

    test('a close that failed is told of to nobody', async () => {
      await admin(await addHolder(one.db, 'acme', '2026-10-01'), 'ada@acme.example')
      const broken = { ...mails, queue: async () => Promise.reject(new Error('no room')) }
      const usage = directUsageReader(one.db)
      const deps = {
        db: one.db,
        mails: broken,
        usage,
        agreements: createAgreements(),
        testClock: false,
        evidenceKey,
      }
      const errors: unknown[] = []
      const node = startJobRunner({
        db: one.db,
        jobs: [closeMonthJob(deps)],
        nodeId: 'node_1',
        clock: () => nowMs,
        realClock: () => realMs,
        log: { warn: () => undefined, error: facts => errors.push(facts) },
      })
      await node.runDue()
      await node.stop()
      expect(errors).toHaveLength(1)
      expect([await told(), await queued()]).toEqual([[], []])
      await work('2026-11-02')
      expect(await told()).toMatchObject([{ type: 'invoice.closed' }])
      expect(await queued()).toMatchObject([{ to: 'ada@acme.example' }])
    })

    test('an invoice that credits paid is closed and paid at once, and never overdue', async () => {
      const organizationId = await addHolder(one.db, 'acme', '2026-10-01')
      const credit = {
        organizationId,
        currency: 'USD',
        reason: 'Outage',
        source: 'person',
        author: 'operator',
      }
      await addCredit(one.db, { ...credit, id: 'crd_1', amount: '499.00', grantedMs: 1 })
      await work('2026-11-02')
      await work('2026-11-30')
      expect((await told()).map(({ type, data }) => [type, data['total']])).toEqual([
        ['invoice.closed', '0.00'],
        ['invoice.paid', '0.00'],
      ])
    })

    test('what an invoice below zero carries over is told of as a credit', async () => {
      const organizationId = await addHolder(one.db, 'acme', '2026-10-01')
      await addManualLine(one.db, {
        id: 'lin_1',
        organizationId,
        month: '2026-10',
        currency: 'USD',
        description: 'Discount',
        amount: '-600.00',
        reason: 'Agreed',
        author: 'operator',
        createdMs: 1,
      })
      await work('2026-11-02')
      const reason = 'Carried over from invoice 2026-000001'
      expect(await told('credit.')).toMatchObject([
        { organization: organizationId, data: { amount: '101.00', currency: 'USD', reason } },
      ])
    })

    test('an invoice waits for approval unheard of', async () => {
      const id = await addHolder(one.db, 'acme', '2026-10-01', { approval: true })
      await billTo(id, 'pay@acme.example')
      await work('2026-11-02')
      await work('2026-12-31')
      expect((await told()).filter(({ data }) => data['month'] === '2026-10')).toEqual([])
      expect(await queued()).toEqual([])
    })

    test('an invoice that is held back is told to finance and operators by mail, and to nobody else', async () => {
      const id = await addHolder(one.db, 'acme', '2026-10-01', { tax: { kind: 'reverse-charge' } })
      await billTo(id, 'pay@acme.example')
      const roles = ['finance', 'operator', 'support'] as const
      for (const role of roles) {
        const person = { id: `mem_${role}`, name: role, email: `${role}@chat.example`, role }
        await addMember(one.db, { ...person, organizationId: undefined, createdMs: 1, tokenHash: role })
      }
      await work('2026-11-02')
      const mailed = await queued()
      expect(mailed.map(({ to }) => to).toSorted()).toEqual(['finance@chat.example', 'operator@chat.example'])
      expect(mailed[0]?.subject).toBe('The invoice of acme for 2026-10 waits for you')
      const { id: invoice } = await invoiceFor(one.db, 'acme', '2026-10')
      expect(mailed[0]?.text).toContain(`POST /api/invoices/${invoice}/approve`)
      expect(mailed[0]?.text).toContain('Reverse charge needs the customer’s country')
      expect(await told('invoice.closed')).toEqual([])
    })

    test('what is unpaid or part-paid after its last day is overdue once, over two nodes and however many days', async () => {
      const names = Array.from({ length: 6 }, (_, place) => `acme${place}`)
      for (const each of names)
        await billTo(await addHolder(one.db, each, '2026-10-01'), `pay@${each}.example`)
      for (const each of names) {
        const atMs = at('2026-11-01')
        await setLeaving(one.db, `org_${each}`, { atMs, reason: 'One month is enough', author: 'operator' })
      }
      await work('2026-11-02')
      const part = await invoiceFor(one.db, 'acme0', '2026-10')
      await pay(part.id, '99.00')
      await work('2026-11-16T23:59:59.999Z', [one, other])
      expect(await told('invoice.overdue')).toEqual([])
      await work('2026-11-17', [one, other])
      await work('2026-11-18', [one, other])
      await work('2027-02-01', [one, other])
      const overdue = await told('invoice.overdue')
      expect(overdue.map(({ organization }) => `${organization}`).toSorted()).toEqual(
        names.map(each => `org_${each}`),
      )
      expect(overdue.find(({ data }) => data['invoice'] === part.id)?.data).toEqual({
        invoice: part.id,
        number: part.document.number,
        month: '2026-10',
        dueOn: '2026-11-16',
        total: '499.00',
        paid: '99.00',
        due: '400.00',
        currency: 'USD',
        testClock: false,
      })
      const mailed = (await queued()).filter(({ subject }) => subject.startsWith('Overdue'))
      expect(mailed.map(({ to }) => to).toSorted()).toEqual(names.map(each => `pay@${each}.example`))
      expect(mailed.find(({ to }) => to === 'pay@acme0.example')?.text).toContain(
        '  Paid: 99.00\n  Credited: 0.00\n  Still due: 400.00 USD',
      )
      const audit = await one.db.selectFrom('audit').select('action').execute()
      expect(audit.filter(({ action }) => action === 'invoice.overdue')).toHaveLength(names.length)
    })

    test('a node that dies between two overdue invoices leaves the others to the next, and none is told twice', async () => {
      const names = ['a', 'b', 'c', 'd']
      for (const each of names) await addHolder(one.db, each, '2026-10-01')
      await work('2026-11-02')
      nowMs = at('2026-11-17')
      realMs += 120_000
      const job = overdueJob(mails)
      const died = Promise.withResolvers<void>()
      let steps = 0
      const dying: Job = {
        ...job,
        run: async (period, step) =>
          job.run(period, async verb => {
            // Dead after the list and two invoices.
            if (++steps > 3) return new Promise(() => died.resolve())
            return step(verb)
          }),
      }
      const log = { warn: () => undefined, error: () => undefined }
      const clocks = { clock: () => nowMs, realClock: () => realMs }
      void startJobRunner({ db: one.db, jobs: [dying], nodeId: 'dying', ...clocks, log }).runDue()
      await died.promise
      expect(await told('invoice.overdue')).toHaveLength(2)
      await work('2026-11-17', [other])
      const heard = (await told('invoice.overdue')).map(({ organization }) => `${organization}`)
      expect(heard.toSorted()).toEqual(names.map(each => `org_${each}`))
    })

    test('what is paid, written off or credited in time is never overdue', async () => {
      for (const each of ['paid', 'off', 'credited', 'late']) await addHolder(one.db, each, '2026-10-01')
      await work('2026-11-02')
      const of = async (who: string) => invoiceFor(one.db, who, '2026-10')
      await pay((await of('paid')).id, '499.00')
      await pay((await of('late')).id, '498.99')
      const [invoiceId, atMs] = [(await of('off')).id, nowMs]
      await addWriteOff(one.db, { invoiceId, amount: '499.00', reason: 'Bankrupt', author: 'operator', atMs })
      const line = { description: 'All', amount: '499.00', because: 'Goodwill' }
      const by = { author: 'operator', reason: 'Goodwill', nowMs }
      await addCreditNote(one.db, await of('credited'), [line], by)
      await work('2026-11-17')
      expect((await told('invoice.overdue')).map(({ organization }) => organization)).toEqual(['org_late'])
    })

    test('without a last day to pay nothing is ever overdue', async () => {
      await one.db.deleteFrom('contract_versions').execute()
      await loadChat(one.db, yaml => yaml + PROVIDER.replace(/ {2}paymentTermsDays: 14\n/, ''))
      const id = await addHolder(one.db, 'acme', '2026-10-01')
      await billTo(id, 'pay@acme.example')
      await work('2026-11-02')
      await work('2027-11-02')
      expect(await told('invoice.overdue')).toEqual([])
      expect((await queued())[0]?.text).toContain('It names no last day to pay.\nIBAN')
    })

    test('who has named no address for bills gets them at its admins’, each once; nobody else does', async () => {
      const id = await addHolder(one.db, 'acme', '2026-10-01')
      await addHolder(one.db, 'nobody', '2026-10-01')
      await admin(id, 'ada@acme.example')
      await admin(id, 'Ada@acme.example', 2)
      await admin(id, 'bob@acme.example')
      await work('2026-11-02')
      const to = (await queued()).map(mail => mail.to.toLowerCase())
      expect(to.toSorted()).toEqual(['ada@acme.example', 'bob@acme.example'])
      await billTo(id, 'pay@acme.example')
      await work('2026-12-02')
      expect((await queued()).slice(2).map(mail => mail.to)).toEqual(['pay@acme.example', 'pay@acme.example'])
    })

    test('without a mail server the events are there, no mail is, and the log says so once', async () => {
      mails = mailsTo(undefined)
      for (const each of ['acme', 'other']) {
        await billTo(await addHolder(one.db, each, '2026-10-01'), `pay@${each}.example`)
      }
      await work('2026-11-02')
      await work('2026-11-17')
      expect((await told()).map(({ type }) => type)).toEqual([
        'invoice.closed',
        'invoice.closed',
        'invoice.overdue',
        'invoice.overdue',
      ])
      expect(await queued()).toEqual([])
      expect(logged.filter(line => line.includes('--smtp-url'))).toHaveLength(1)
    })

    test('what a test’s clock made says so, in the subject too', async () => {
      const id = await addHolder(one.db, 'acme', '2026-10-01')
      await billTo(id, 'pay@acme.example')
      await work('2026-11-02', [one], true)
      expect(await told()).toMatchObject([{ data: { testClock: true } }])
      expect(await queued()).toMatchObject([
        {
          subject: expect.stringMatching(/^\[test clock\] Invoice /),
          text: expect.stringContaining('a claim on nobody'),
        },
      ])
    })

    test('the mail of an invoice arrives', async () => {
      const server = await startMailServer()
      mails = mailsTo(`smtp://127.0.0.1:${server.port}`)
      const id = await addHolder(one.db, 'acme', '2026-10-01')
      await billTo(id, 'pay@acme.example')
      await work('2026-11-02')
      for (const mail of await queued())
        expect(await mails.send('dlv_1', mail)).toMatchObject({ verdict: 'worked' })
      expect(server.mails).toMatchObject([{ from: 'billing@chat.example', to: ['pay@acme.example'] }])
      expect(server.mails[0]?.text).toMatch(/^Subject: Invoice 2026-000001 from Chat Inc\.: 499\.00 USD\r$/m)
      mails.close()
      await server.close()
    })
  })
}
