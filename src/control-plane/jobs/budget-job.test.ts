import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startMailServer } from '../../../test/mail-server.ts'
import { storesOfTwoNodes } from '../../../test/stores-of-two-nodes.ts'
import { openAlerts } from '../../store/alerts.ts'
import { addExclusion, withdrawExclusion } from '../../store/exclusions.ts'
import type { Store } from '../../store/open-store.ts'
import { applyBatch } from '../../store/recording.ts'
import { emptyBatch } from '../../store/batch.ts'
import { openSealer, webhookSecretContext } from '../../identity/sealing.ts'
import { addWebhook } from '../../store/webhooks.ts'
import { type Mails, createMails } from '../channels/mail.ts'
import { startChannels } from '../channels/start-channels.ts'
import { startReceiver } from '../channels/test-receiver.ts'
import { createAgreements } from '../invoicing/agreement.ts'
import { addHolder } from '../invoicing/test-customers.ts'
import { organizationBudget } from '../budgets/organization-budget.ts'
import { allBudgets } from '../budgets/all-budgets.ts'
import { type BudgetWatch, HOUR, MINUTE, startMs, watchBudgets } from './test-budget-watch.ts'

const twoNodes = storesOfTwoNodes()
const silentLog = { warn: () => undefined }

describe.each([
  ['SQLite', () => twoNodes.sqlite()],
  ['Postgres', () => twoNodes.postgres()],
])('%s: alerts of budgets and of recording', (_, open) => {
  let stores: Store[]
  let watch: BudgetWatch
  let mails: Mails
  let fails: boolean
  beforeEach(async () => {
    stores = await open()
    fails = false
    const queue = createMails({ smtpUrl: 'smtp://127.0.0.1:1', from: 'weir@example.com', log: silentLog })
    mails = {
      ...queue,
      async queue(...args) {
        if (fails) throw new Error('no room for mail')
        return queue.queue(...args)
      },
    }
    watch = await watchBudgets(stores, mails)
    await watch.record(startMs - HOUR, startMs)
    await watch.steady()
    await watch.pass(startMs + 2 * MINUTE)
  })
  afterEach(async () => {
    await watch.stop()
    for (const each of new Set(stores)) await each.close()
    mails.close()
    expect(watch.errors).toEqual([])
  })

  const queued = async () => {
    const rows = await watch.db
      .selectFrom('deliveries')
      .select('mail')
      .where('mail', 'is not', null)
      .execute()
    return rows.map(({ mail }) => JSON.parse(mail ?? '') as { to: string; subject: string; text: string })
  }
  const minute = (count: number) => startMs + count * MINUTE

  test('two slices of an hour burn a promise of 99.999 %: told once, by one of two nodes, to the customer and the provider', async () => {
    for (const [name, role, organization] of [
      ['ada', 'customer-admin', 'org_acme'],
      ['bob', 'customer-admin', 'org_best'],
      ['eve', 'operator', undefined],
      ['sue', 'support', undefined],
      ['fin', 'finance', undefined],
    ] as const) {
      await watch.addPerson(name, role, organization)
    }
    await watch.record(minute(2), minute(2) + 10_000, { down: ['acme', 'free'] })
    await watch.record(minute(2) + 10_000, minute(2) + 20_000, { down: ['acme'] })
    watch.clock.nowMs = minute(3)
    await watch.pass(minute(8))
    expect(await watch.told()).toEqual(['budget.burning org_acme'])
    const to = (await queued()).map(mail => mail.to)
    expect(to.toSorted()).toEqual(['ada@example.com', 'eve@example.com', 'sue@example.com'])
    const [event] = await watch.db.selectFrom('events').selectAll().execute()
    expect(JSON.parse(event!.data)).toMatchObject({
      month: '2026-11',
      target: '99.999',
      level: 'fast',
      allowanceSeconds: 25.92,
      because:
        'Down for 20 of the last 3,600 seconds, 555.5 times as much as 99.999 % allows, and for 20 of the last 300.',
    })
  })

  test('a budget that is gone is told once a month, also if some of it is given back and taken again', async () => {
    await watch.pass(minute(3), { down: ['acme'] })
    await watch.pass(minute(15))
    const burning = 'budget.burning org_acme'
    expect(await watch.told()).toEqual([burning, 'budget.exhausted org_acme'])
    const author = { author: 'operator', text: 'The power failed.', createdMs: watch.clock.nowMs }
    const span = { startMs: minute(2), endMs: minute(3), organizationId: 'org_acme' }
    await addExclusion(watch.db, { id: 'exc_1', reason: 'force-majeure', ...span, ...author })
    await watch.pass(minute(17))
    expect((await openAlerts(watch.db, 'budget.exhausted')).size).toBe(0)
    await withdrawExclusion(watch.db, 'exc_1', { atMs: watch.clock.nowMs, author: 'operator', reason: 'x' })
    await watch.pass(minute(19))
    expect((await watch.told()).filter(each => each !== burning)).toEqual(['budget.exhausted org_acme'])
  })

  test('when all customers burn at once, the provider gets one mail', async () => {
    const enterprise = { plan: 'enterprise', supportPlan: 'enterprise' }
    for (let at = 0; at < 60; at++) await addHolder(watch.db, `many${at}`, '2026-11-01', enterprise)
    await watch.addPerson('eve', 'operator')
    for (let sliceMs = minute(2); sliceMs < minute(3); sliceMs += 10_000) {
      // Customers who sent nothing are down with all apps together.
      await watch.record(sliceMs, sliceMs + 10_000, { down: ['acme', 'best', 'half', 'free'] })
    }
    watch.clock.nowMs = minute(3)
    await watch.pass(minute(5))
    expect(await watch.told()).toHaveLength(63)
    const mail = await queued()
    expect(mail.map(({ to, subject }) => [to, subject])).toEqual([
      ['eve@example.com', 'Error budgets: 63 customers'],
    ])
    expect(mail[0]?.text).toContain('… and 43 more alerts.')
  })

  test('the watched budgets are those of each customer’s own report, and what comes late is found', async () => {
    await watch.pass(minute(4), { down: ['acme'] })
    await watch.pass(minute(6), { down: ['half', 'free'] })
    await watch.pass(minute(30))
    const both = async () => {
      const { nowMs } = watch.clock
      const agreements = createAgreements()
      const all = await allBudgets(watch.db, agreements, { nowMs })
      const own: Awaited<ReturnType<typeof organizationBudget>>[] = []
      for (const { organizationId } of all.organizations) {
        own.push(await organizationBudget(watch.db, agreements, { organizationId, nowMs }))
      }
      const figures = (budget: (typeof own)[number]) =>
        budget && [budget.organizationId, budget.budget.used, budget.budget.left, budget.budget.burn]
      return [all.organizations.map(figures), own.map(figures)]
    }
    const [watched, own] = await both()
    expect(watched).toEqual(own)
    expect(watched).toHaveLength(3)
    await watch.record(minute(10), minute(11), { down: ['acme', 'free', 'half', 'best'] })
    expect((await both())[0]).not.toEqual((await both())[1])
    await watch.pass(minute(165), {}, 5 * MINUTE)
    const [after, anew] = await both()
    expect(after).toEqual(anew)
  })

  test('no records of any node for two minutes are told once, and that they come again', async () => {
    await watch.addPerson('eve', 'operator')
    watch.clock.nowMs = minute(4)
    await watch.runAll()
    expect(await watch.told()).toEqual([])
    for (let at = 5; at < 9; at++) {
      watch.clock.nowMs = minute(at)
      watch.clock.realMs += 1000
      await watch.runAll()
    }
    expect(await watch.told()).toEqual(['recording.silent -'])
    await watch.pass(minute(11))
    expect(await watch.told()).toEqual(['recording.silent -', 'recording.resumed -'])
    expect((await queued()).map(({ subject }) => subject)).toEqual([
      'Records of the gateway do not arrive',
      'Records of the gateway arrive again',
    ])
  })

  test('one of two nodes that falls silent is told, and one that says that it ends is not', async () => {
    await watch.pass(minute(3), { nodes: ['node', 'cut', 'ended'] })
    await applyBatch(watch.db, { ...emptyBatch('ended', 1000, minute(3)), ended: true })
    await watch.pass(minute(7))
    expect(await watch.alerts()).toEqual([{ kind: 'recording.silent', subject: 'cut', level: '' }])
    await watch.pass(minute(8), { nodes: ['node', 'cut'] })
    expect(await watch.told()).toEqual(['recording.silent -', 'recording.resumed -'])
  })
})

test('an alert reaches real mailboxes and webhooks: the customer’s own and the provider’s, and no other’s', async () => {
  const post = await startMailServer()
  const receiver = await startReceiver()
  const [store] = await twoNodes.sqlite()
  const sealer = openSealer({ dataDir: twoNodes.directory, env: {} })
  const channels = startChannels({
    db: store.db,
    sealer,
    registry: new Registry(),
    clock: () => watch.clock.nowMs,
    realClock: Date.now,
    log: { ...silentLog, error: () => undefined },
    version: '0.1.0',
    allowPrivate: true,
    smtpUrl: `smtp://127.0.0.1:${post.port}`,
    mailFrom: 'weir@example.com',
    alertAddresses: ['night@example.com'],
    publicUrl: undefined,
  })
  const watch = await watchBudgets([store], channels.mails)
  for (const [id, organizationId] of [
    ['whk_provider', undefined],
    ['whk_acme', 'org_acme'],
    ['whk_best', 'org_best'],
  ] as const) {
    const secret = sealer.seal('whsec_AAAA', webhookSecretContext(id))
    const url = `${receiver.url}/${id}`
    const webhook = { id, organizationId, url, createdMs: startMs }
    await addWebhook(store.db, { ...webhook, events: ['budget.burning', 'recording.silent'] }, secret)
  }
  await watch.addPerson('ada', 'customer-admin', 'org_acme')
  await watch.record(startMs - HOUR, startMs)
  await watch.steady()
  await watch.pass(startMs + MINUTE, { down: ['acme'] })
  await watch.pass(startMs + 3 * MINUTE)
  for (let at = 4; at < 8; at++) {
    watch.clock.nowMs = startMs + at * MINUTE
    watch.clock.realMs += 1000
    await watch.runAll()
  }
  await channels.deliverDue()
  const heard = receiver.received.map(({ path, body }) => `${path} ${JSON.parse(body).type}`)
  expect(heard.toSorted()).toEqual([
    '/weir/whk_acme budget.burning',
    '/weir/whk_provider budget.burning',
    '/weir/whk_provider recording.silent',
  ])
  const to = post.mails.map(mail => `${mail.to[0]}`)
  expect(to.toSorted()).toEqual(['ada@example.com', 'night@example.com', 'night@example.com'])
  expect(watch.errors).toEqual([])
  await watch.stop()
  await channels.stop()
  await receiver.close()
  await post.close()
  await store.close()
})
