import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startControl, type Control } from '../../src/control-plane/api/test-control.ts'
import { createMails } from '../../src/control-plane/channels/mail.ts'
import { signedFields } from '../../src/control-plane/channels/standard-webhooks.ts'
import { startChannels } from '../../src/control-plane/channels/start-channels.ts'
import { startReceiver } from '../../src/control-plane/channels/test-receiver.ts'
import { type JobRunner, startJobRunner } from '../../src/control-plane/jobs/job-runner.ts'
import { statusNotices, subscriberRetention } from '../../src/control-plane/jobs/status-notices.ts'
import { startMailServer } from '../mail-server.ts'

const publicUrl = 'https://status.example.com'
const HOUR_MS = 3_600_000

let control: Control
let mailServer: Awaited<ReturnType<typeof startMailServer>>
let receiver: Awaited<ReturnType<typeof startReceiver>>
let channels: ReturnType<typeof startChannels>
let runner: JobRunner
beforeEach(async () => {
  mailServer = await startMailServer()
  receiver = await startReceiver()
  const smtpUrl = `smtp://127.0.0.1:${mailServer.port}`
  const mails = createMails({ smtpUrl, from: 'status@example.com', log: { warn: () => undefined } })
  control = await startControl({ publicUrl, mails, allowPrivateWebhooks: true })
  const { store, sealer, clock, log } = control.deps
  const mailFrom = 'status@example.com'
  const common = { db: store.db, clock, realClock: clock, log }
  channels = startChannels({
    ...common,
    sealer,
    registry: new Registry(),
    version: '0.1.0',
    allowPrivate: true,
    smtpUrl,
    mailFrom,
    publicUrl,
  })
  const jobs = [statusNotices({ mails: channels.mails, publicUrl, name: () => 'Chat' }), subscriberRetention]
  runner = startJobRunner({ ...common, jobs, nodeId: 'control_1' })
})
afterEach(async () => {
  await runner.stop()
  await channels.stop()
  await control.close()
  await mailServer.close()
  await receiver.close()
})

const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString()
const asForm = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' }
const visitor = (method: string, path: string, body?: string, headers: Record<string, string> = asForm) =>
  control.as(undefined)<string>(method, path, body, headers)
const subscribe = (address: string, channel = 'email') =>
  visitor('POST', '/status/subscribe', form({ channel, address }))
/** The mail's text as a mailbox shows it: soft line breaks of quoted-printable are gone. */
const shown = (mail: { text: string } | undefined) =>
  (mail?.text ?? '').replaceAll('=\r\n', '').replaceAll('=3D', '=')
const tokenIn = (text: string) => /\?token=([\w-]{43})/.exec(text)?.[1] ?? ''
const deliver = async () => {
  await runner.runDue()
  await channels.deliverDue()
}

async function openIncident(title = 'Searches fail') {
  const opened = await control.operator('POST', '/api/incidents', { title, impact: 'minor' })
  expect(opened.status).toBe(201)
  await deliver()
}

/** Subscribes and confirms; the token that ends it. */
async function confirmed(address: string): Promise<string> {
  await subscribe(address)
  await deliver()
  const token = tokenIn(shown(mailServer.mails.at(-1)))
  expect((await visitor('POST', '/status/confirm', form({ token }))).status).toBe(200)
  return token
}

describe('by e-mail', () => {
  test('nothing is sent but a question, until it is answered with a button', async () => {
    expect(await subscribe('ann@example.com')).toMatchObject({ status: 202 })
    await deliver()
    expect(mailServer.mails).toHaveLength(1)
    expect(mailServer.mails[0]?.to).toEqual(['ann@example.com'])
    const question = shown(mailServer.mails[0])
    const token = tokenIn(question)
    expect(question).toContain(`${publicUrl}/status/confirm?token=${token}`)
    await openIncident('Before')
    // What opens links in mails before people do changes nothing.
    const looked = await visitor('GET', `/status/confirm?token=${token}`)
    expect(looked.body).toContain(`<input type="hidden" name="token" value="${token}"`)
    await openIncident('Still before')
    expect(mailServer.mails).toHaveLength(1)

    await visitor('POST', '/status/confirm', form({ token }))
    await openIncident('Searches fail')
    expect(mailServer.mails).toHaveLength(2)
    const told = shown(mailServer.mails[1])
    expect(told).toContain('Subject: Chat status: Searches fail (investigating)')
    expect(told).toContain(`${publicUrl}/status/incidents/inc_`)
    // A mail server folds long fields.
    expect(told.replaceAll('\r\n ', ' ')).toContain(
      `List-Unsubscribe: <${publicUrl}/status/unsubscribe?token=${token}>`,
    )
    expect(told).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click')
  })

  test('updates, ends and maintenance are told too', async () => {
    await confirmed('ann@example.com')
    const { body } = await control.operator<{ id: string }>('POST', '/api/incidents', {
      title: 'Slow',
      impact: 'minor',
    })
    await control.operator('POST', `/api/incidents/${body.id}/updates`, {
      text: 'Found.',
      status: 'identified',
    })
    await control.operator('POST', `/api/incidents/${body.id}/resolve`, { text: 'Mended.' })
    const window = { title: 'Work', start: '2026-11-20T12:00:00Z', end: '2026-11-20T13:00:00Z' }
    const work = await control.operator<{ id: string }>('POST', '/api/maintenance', window)
    await control.operator('POST', `/api/maintenance/${work.body.id}/cancel`)
    await deliver()
    const subjects = mailServer.mails.map(mail => /Subject: (.*)\r\n/.exec(shown(mail))?.[1] ?? '')
    expect(new Set(subjects.slice(1))).toEqual(
      new Set([
        'Chat status: Slow (identified)',
        'Chat status: Slow (investigating)',
        'Chat status: Slow (resolved)',
        'Chat status: maintenance cancelled, Work',
        'Chat status: maintenance planned, Work',
      ]),
    )
  })

  test('of work that was announced late a mail says that it counts against the SLA', async () => {
    await confirmed('ann@example.com')
    const announce = async (title: string, start: string, end: string) => {
      const { body } = await control.operator<{ id: string }>('POST', '/api/maintenance', {
        title,
        start,
        end,
      })
      await deliver()
      return body.id
    }
    await announce('In time', '2026-11-20T12:00:00Z', '2026-11-20T13:00:00Z')
    const late = await announce('Late', '2026-11-10T13:00:00Z', '2026-11-10T15:00:00Z')
    control.time.nowMs += 2 * HOUR_MS
    await control.operator('POST', `/api/maintenance/${late}/cancel`)
    await deliver()
    const counted = mailServer.mails.slice(1).map(mail => shown(mail).includes('counts against the SLA'))
    expect(counted).toEqual([false, true, true])
  })

  test('one click ends it, as often as it is clicked', async () => {
    const token = await confirmed('ann@example.com')
    const click = () => visitor('POST', `/status/unsubscribe?token=${token}`, 'List-Unsubscribe=One-Click')
    expect((await click()).status).toBe(200)
    expect((await click()).status).toBe(200)
    await openIncident()
    expect(mailServer.mails).toHaveLength(1)
  })

  test('what is on its way when it ends does not arrive', async () => {
    const token = await confirmed('ann@example.com')
    await control.operator('POST', '/api/incidents', { title: 'x', impact: 'minor' })
    await runner.runDue()
    await visitor('POST', '/status/unsubscribe', form({ token }))
    await channels.deliverDue()
    expect(mailServer.mails).toHaveLength(1)
  })

  test('nobody learns whether an address is known, and none is asked twice within the hour', async () => {
    await confirmed('ann@example.com')
    const [known, unknown] = [await subscribe('ann@example.com'), await subscribe('bob@example.com')]
    expect(known).toMatchObject({ status: 202, body: unknown.body })
    for (let times = 0; times < 3; times++) await subscribe('bob@EXAMPLE.com')
    await deliver()
    expect(mailServer.mails.map(({ to }) => to[0])).toEqual(['ann@example.com', 'bob@example.com'])
    control.time.nowMs += HOUR_MS
    await subscribe('ann@example.com')
    await subscribe('bob@example.com')
    await deliver()
    expect(mailServer.mails).toHaveLength(3)
  })

  test('at most a hundred are asked in an hour', async () => {
    for (let at = 0; at < 100; at++) expect((await subscribe(`u${at}@example.com`)).status).toBe(202)
    const refused = await visitor(
      'POST',
      '/status/subscribe',
      form({ channel: 'email', address: 'x@example.com' }),
      {
        ...asForm,
        accept: 'application/json',
      },
    )
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate-limited' } })
  })

  test('who does not confirm within two days is forgotten', async () => {
    await subscribe('ann@example.com')
    await deliver()
    const token = tokenIn(shown(mailServer.mails[0]))
    control.time.nowMs += 48 * HOUR_MS + 1
    await runner.runDue()
    expect((await visitor('POST', '/status/confirm', form({ token }))).status).toBe(404)
    const rows = await control.deps.store.db.selectFrom('status_subscribers').selectAll().execute()
    expect(rows).toEqual([])
  })

  test('no token lies in the store as it is', async () => {
    const token = await confirmed('ann@example.com')
    await openIncident()
    const { db } = control.deps.store
    const rows = [
      ...(await db.selectFrom('status_subscribers').selectAll().execute()),
      ...(await db.selectFrom('deliveries').selectAll().execute()),
      ...(await db.selectFrom('events').selectAll().execute()),
    ]
    expect(rows.length).toBeGreaterThan(3)
    expect(JSON.stringify(rows)).not.toContain(token)
  })

  test.each([
    ['ann@example.com\r\nBcc: eve@example.com'],
    ['ann@example.com, eve@example.com'],
    ['"Ann" <ann@example.com>'],
    ['ann'],
    [''],
    [`${'a'.repeat(250)}@example.com`],
  ])('%j is no address', async address => {
    expect(await subscribe(address)).toMatchObject({ status: 400 })
    await deliver()
    expect(mailServer.mails).toEqual([])
  })

  test.each([
    ['{half', 'application/json', 'The body is no JSON.'],
    ['x', 'multipart/form-data', 'The body is no form.'],
    ['hello', 'text/plain', 'channel: Must be email or webhook. address: Must be an address.'],
  ])('%j as %s is answered with what was expected', async (body, type, detail) => {
    const answer = await control.api.request('/status/subscribe', {
      method: 'POST',
      headers: { 'content-type': type, accept: 'application/json' },
      body,
    })
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { code: 'invalid-body', detail, fix: expect.stringMatching(/"channel": "email" or "webhook"/) },
    ])
  })

  test('a body that is too large is not read', async () => {
    expect(await subscribe('a'.repeat(5000))).toMatchObject({ status: 413 })
  })
})

describe('by webhook', () => {
  const messages = () =>
    receiver.received.map(
      ({ body }) => JSON.parse(body) as { type: string; data: { confirm?: string }; unsubscribe: string },
    )

  test('the address itself has to confirm; then it gets signed messages and a link that ends them', async () => {
    expect(await subscribe(receiver.url, 'webhook')).toMatchObject({ status: 202 })
    await openIncident('Before')
    expect(messages()).toMatchObject([{ type: 'status.confirm' }])
    const token = tokenIn(messages()[0]?.data.confirm ?? '')
    const confirm = () => control.as(undefined)<{ secret?: string }>('POST', '/status/confirm', { token })
    const { secret = '' } = (await confirm()).body
    expect(secret).toMatch(/^whsec_/)
    expect((await confirm()).body).not.toHaveProperty('secret')

    await openIncident('Searches fail')
    const { body, headers } = receiver.received[1]!
    expect(JSON.parse(body)).toMatchObject({
      type: 'incident.opened',
      organization: null,
      data: { title: 'Searches fail' },
      unsubscribe: `${publicUrl}/status/unsubscribe?token=${token}`,
    })
    const id = String(headers['webhook-id'])
    const sentAtMs = Number(headers['webhook-timestamp']) * 1000
    expect(headers).toMatchObject(signedFields({ id, sentAtMs, body }, [secret]))

    await visitor('POST', `/status/unsubscribe?token=${token}`, '')
    await openIncident('After')
    expect(receiver.received).toHaveLength(2)
  })

  test('one that answers 410 is forgotten', async () => {
    await receiver.close()
    receiver = await startReceiver(response => response.writeHead(410).end())
    await subscribe(receiver.url, 'webhook')
    await deliver()
    expect(receiver.received).toHaveLength(1)
    expect(await control.deps.store.db.selectFrom('status_subscribers').selectAll().execute()).toEqual([])
  })
})

describe('where it cannot be', () => {
  test('addresses that are not public are refused, unless they are allowed', async () => {
    await control.close()
    control = await startControl({ publicUrl })
    const refused = await subscribe('https://169.254.169.254/latest', 'webhook')
    expect(refused.status).toBe(400)
    expect(JSON.stringify(refused.body)).toContain('is no public address')
    expect((await subscribe('http://example.com/x', 'webhook')).status).toBe(400)
  })

  test('without a mail server no form is shown, and the answer says why', async () => {
    expect((await visitor('GET', '/status')).body).toContain('Subscribe by e-mail')
    await control.close()
    control = await startControl({ publicUrl })
    const page = await visitor('GET', '/status')
    expect(page.body).not.toContain('Subscribe by e-mail')
    expect(page.body).toContain('Subscribe by webhook')
    const refused = await subscribe('ann@example.com')
    expect(refused).toMatchObject({ status: 409 })
    expect(JSON.stringify(refused.body)).toContain('--smtp-url')
  })

  test('without a public address nobody can subscribe', async () => {
    await control.close()
    control = await startControl({})
    expect((await visitor('GET', '/status')).body).not.toContain('<form')
    expect(JSON.stringify((await subscribe('https://example.com/x', 'webhook')).body)).toContain(
      '--public-url',
    )
  })
})
