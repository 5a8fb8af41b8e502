import { randomBytes } from 'node:crypto'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Sealer, webhookSecretContext } from '../../identity/sealing.ts'
import { listAudit } from '../../store/audit.ts'
import { forgetDeliveries, holdDelivery } from '../../store/deliveries.ts'
import { listDeliveries } from '../../store/delivery-log.ts'
import type { ListenedType } from '../../store/event-types.ts'
import { type NewEvent, addEvent } from '../../store/events.ts'
import type { Store } from '../../store/open-store.ts'
import { addOrganization } from '../../store/organizations.ts'
import { serialized } from '../../store/serialized.ts'
import { addWebhook, deleteWebhook, findWebhook } from '../../store/webhooks.ts'
import { type ChannelOptions, type Channels, startChannels } from './start-channels.ts'
import { newWebhookSecret, signedFields } from './standard-webhooks.ts'
import { startReceiver } from './test-receiver.ts'

const noonMs = Date.UTC(2026, 10, 10, 12)
const DAY_MS = 24 * 3600 * 1000

/** What deliveries must hold to on every database. `open`: an empty one, as two nodes have it open. */
export function runDeliverySuite(
  name: string,
  sealer: Sealer,
  open: () => Promise<readonly [Store, Store]>,
): void {
  describe(`${name}: deliveries`, () => {
    let one: Store
    let other: Store
    let nowMs: number
    let realMs: number
    let closers: (() => Promise<void>)[]
    beforeEach(async () => {
      ;[one, other] = await open()
      nowMs = noonMs
      realMs = Date.now()
      closers = []
    })
    afterEach(async () => {
      for (const close of closers.toReversed()) await close()
      for (const store of new Set([one, other])) await store.close()
    })

    function node(store = one, options: Partial<ChannelOptions> = {}): Channels {
      const channels = startChannels({
        db: store.db,
        sealer,
        registry: new Registry(),
        clock: () => nowMs,
        realClock: () => realMs,
        log: { warn: () => undefined, error: (facts: unknown) => expect(facts).toBeUndefined() },
        version: '0.1.0',
        allowPrivate: true,
        smtpUrl: undefined,
        mailFrom: 'weir@example.com',
        publicUrl: undefined,
        ...options,
      })
      closers.push(() => channels.stop())
      return channels
    }

    async function receiver(...args: Parameters<typeof startReceiver>) {
      const started = await startReceiver(...args)
      closers.unshift(() => started.close())
      return started
    }

    async function webhook(url: string, options: { organizationId?: string; events?: ListenedType[] } = {}) {
      const id = `whk_${randomBytes(4).toString('hex')}`
      const secret = newWebhookSecret()
      const { organizationId, events = ['app.suspended'] } = options
      const sealed = sealer.seal(secret, webhookSecretContext(id))
      await addWebhook(one.db, { id, organizationId, url, events, createdMs: nowMs }, sealed)
      return { id, secret }
    }

    const suspended = (more: Partial<NewEvent> = {}): NewEvent => {
      return { type: 'app.suspended', atMs: nowMs, data: { app: 'app_1' }, ...more }
    }
    const add = async (more: Partial<NewEvent> = {}) =>
      serialized(one.db, async trx => addEvent(trx, suspended(more)))
    const logOf = async (id: string) => listDeliveries(one.db, id, { limit: 100, before: undefined })
    const organization = async (id: string) =>
      addOrganization(one.db, { id, name: id, billing: {}, eligibility: undefined, createdMs: nowMs })

    test('an event of a change that was taken back is never told', async () => {
      const to = await receiver()
      await webhook(to.url)
      const failing = serialized(one.db, async trx => {
        await addEvent(trx, suspended())
        throw new Error('no')
      })
      await expect(failing).rejects.toThrow('no')
      await node().deliverDue()
      expect(to.received).toEqual([])
    })

    test('an event arrives once, signed, and says when it happened and to whom', async () => {
      const to = await receiver()
      await organization('org_1')
      const { id, secret } = await webhook(to.url)
      const event = await add({ organizationId: 'org_1' })
      const only = node()
      await only.deliverDue()
      await only.deliverDue()
      expect(to.received).toHaveLength(1)
      const { headers, body } = to.received[0]!
      expect(JSON.parse(body)).toEqual({
        type: 'app.suspended',
        timestamp: '2026-11-10T12:00:00.000Z',
        organization: 'org_1',
        data: { app: 'app_1' },
      })
      expect(headers).toMatchObject(signedFields({ id: event, sentAtMs: realMs, body }, [secret]))
      expect(await logOf(id)).toMatchObject([
        { state: 'delivered', event: { id: event }, attempts: [{ attempt: 1, status: 200, response: 'ok' }] },
      ])
    })

    test('a webhook hears only what it listens to, and of one customer alone if it is that one’s', async () => {
      const to = await receiver()
      for (const id of ['org_1', 'org_2']) await organization(id)
      await webhook(`${to.url}/all`)
      await webhook(`${to.url}/1`, { organizationId: 'org_1' })
      await webhook(`${to.url}/other`, { events: ['terms.agreed'] })
      await add({ organizationId: 'org_1' })
      await add({ organizationId: 'org_2' })
      await add()
      await node().deliverDue()
      const heard = to.received.map(({ path, body }) => `${path} ${JSON.parse(body).organization}`)
      expect(heard.toSorted()).toEqual([
        '/weir/1 org_1',
        '/weir/all null',
        '/weir/all org_1',
        '/weir/all org_2',
      ])
    })

    test('what failed is sent again after its pause, under the same id and with the same body', async () => {
      const to = await receiver((response, count) => response.writeHead(count === 1 ? 500 : 200).end())
      const { id } = await webhook(to.url)
      await add()
      const only = node()
      await only.deliverDue()
      nowMs += 4900
      await only.deliverDue()
      expect(to.received).toHaveLength(1)
      nowMs += 700
      await only.deliverDue()
      const [first, second] = to.received
      expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
      expect(second?.body).toBe(first?.body)
      expect(await logOf(id)).toMatchObject([
        {
          state: 'delivered',
          attempts: [{ status: 500, error: expect.stringContaining('Answered 500') }, { status: 200 }],
        },
      ])
      expect(await findWebhook(one.db, id)).toMatchObject({ failingSinceMs: undefined })
    })

    test('after ten attempts a delivery is given up; after five days of failure the webhook is disabled, once', async () => {
      const to = await receiver(response => response.writeHead(500).end())
      const ears = await receiver()
      const { id } = await webhook(to.url)
      await webhook(ears.url, { events: ['webhook.disabled'] })
      await add()
      const only = node()
      for (let pauses = 0; pauses < 12; pauses++) {
        await only.deliverDue()
        nowMs = (await logOf(id))[0]?.dueMs ?? nowMs
      }
      expect(to.received).toHaveLength(10)
      expect(await logOf(id)).toMatchObject([{ state: 'given-up' }])
      expect(await findWebhook(one.db, id)).toMatchObject({ disabled: undefined, failingSinceMs: noonMs })
      nowMs = noonMs + 5 * DAY_MS
      await add()
      await add()
      await only.deliverDue()
      expect(await findWebhook(one.db, id)).toMatchObject({ disabled: { sinceMs: nowMs } })
      expect((await logOf(id)).map(({ state }) => state)).toEqual(['given-up', 'given-up', 'given-up'])
      for (const { attempts } of await logOf(id)) {
        for (const { status } of attempts) expect(status).toBe(500)
      }
      await add()
      expect(await logOf(id)).toHaveLength(3)
      expect(await listAudit(one.db, { limit: 9 })).toMatchObject([
        { actor: 'weir', action: 'webhook.disabled', subject: id },
      ])
      await only.deliverDue()
      expect(ears.received.map(({ body }) => JSON.parse(body).data.webhook)).toEqual([id])
    })

    test('410 disables a webhook at once', async () => {
      const to = await receiver(response => response.writeHead(410).end())
      const { id } = await webhook(to.url)
      await add()
      await node().deliverDue()
      expect(await findWebhook(one.db, id)).toMatchObject({
        disabled: { reason: expect.stringContaining('410') },
      })
      expect(await logOf(id)).toMatchObject([{ state: 'given-up' }])
    })

    test('two nodes share the work and attempt nothing twice', async () => {
      const to = await receiver()
      await webhook(to.url)
      const events: string[] = []
      for (let i = 0; i < 40; i++) events.push(await add())
      await Promise.all([node(one), node(other)].map(each => each.deliverDue()))
      expect(to.received).toHaveLength(40)
      expect(new Set(to.ids())).toEqual(new Set(events))
    })

    test('what a dead node had begun is sent by another when its hold has run out, and the log says so', async () => {
      const to = await receiver()
      const { id } = await webhook(to.url)
      await add()
      const times = { nowMs, realNowMs: realMs, heldUntilMs: realMs + 60_000 }
      expect(await holdDelivery(one.db, [], times)).toMatchObject({ attempt: 1 })
      const living = node(other)
      realMs += 59_999
      await living.deliverDue()
      expect(to.received).toEqual([])
      realMs += 1
      await living.deliverDue()
      expect(to.received).toHaveLength(1)
      expect(await logOf(id)).toMatchObject([
        {
          state: 'delivered',
          attempts: [{ error: expect.stringContaining('may have arrived') }, { status: 200 }],
        },
      ])
    })

    test('a node that was taken for dead cannot undo what another has done since', async () => {
      const answers: (() => void)[] = []
      const to = await receiver((response, count) => {
        if (count === 1) answers.push(() => response.writeHead(500).end())
        else response.end()
      })
      const { id } = await webhook(to.url)
      await add()
      const slow = node(one).deliverDue()
      await to.until(1)
      realMs += 60_000
      await node(other).deliverDue()
      answers[0]?.()
      await slow
      expect(await logOf(id)).toMatchObject([{ state: 'delivered', attempts: [{}, { status: 200 }] }])
      expect(await findWebhook(one.db, id)).toMatchObject({ failingSinceMs: undefined })
    })

    test('a receiver that hangs holds up no other', async () => {
      const hanging = await receiver(() => undefined)
      const to = await receiver()
      const { id } = await webhook(hanging.url)
      for (let i = 0; i < 40; i++) await add()
      await webhook(to.url)
      await add()
      const only = node()
      const all = only.deliverDue()
      await to.until(1)
      expect(hanging.received.length).toBeLessThanOrEqual(4)
      await deleteWebhook(one.db, id)
      await hanging.close()
      closers.shift()
      await all
    })

    test('the end of a node gives what it had begun back, due at once', async () => {
      const to = await receiver((response, count) => (count === 1 ? undefined : response.end()))
      const { id } = await webhook(to.url)
      await add()
      const ending = node(one)
      const all = ending.deliverDue()
      await to.until(1)
      await ending.stop()
      await all
      await node(other).deliverDue()
      expect(await logOf(id)).toMatchObject([{ state: 'delivered', attempts: [{}, { status: 200 }] }])
    })

    test('deliveries and events of 30 days ago are forgotten, and what still waits is not', async () => {
      const to = await receiver((response, count) => response.writeHead(count === 1 ? 200 : 500).end())
      const { id } = await webhook(to.url)
      await add()
      const only = node()
      await only.deliverDue()
      await add()
      await only.deliverDue()
      const before = async (ms: number) =>
        one.db.transaction().execute(async trx => forgetDeliveries(trx, ms, 100))
      expect(await before(noonMs)).toBe(0)
      expect(await before(noonMs + 1)).toBe(2)
      expect(await logOf(id)).toMatchObject([{ state: 'waiting' }])
    })
  })
}
