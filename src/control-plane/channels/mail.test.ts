import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSealer, webhookSecretContext } from '../../identity/sealing.ts'
import { addMember } from '../../store/members.ts'
import { addEvent } from '../../store/events.ts'
import { type Store, openStore } from '../../store/open-store.ts'
import { addWebhook } from '../../store/webhooks.ts'
import { startChannels } from './start-channels.ts'
import { startMailServer } from '../../../test/mail-server.ts'
import { startReceiver } from './test-receiver.ts'

const noonMs = Date.UTC(2026, 10, 10, 12)
const mail = { to: 'ada@example.com', subject: 'Zoë’s invoice', text: 'It is due.\n.\nÜber 5 €' }

let dataDir: string
let store: Store
let nowMs: number
let logged: string[]
let closers: (() => Promise<void>)[]
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'weir-mail-'))
  store = await openStore({ file: join(dataDir, 'weir.db') })
  nowMs = noonMs
  logged = []
  closers = [async () => store.close(), async () => rmSync(dataDir, { recursive: true })]
})
afterEach(async () => {
  for (const close of closers) await close()
})

async function mailServer(...args: Parameters<typeof startMailServer>) {
  const server = await startMailServer(...args)
  closers.unshift(() => server.close())
  return server
}

function node(smtpUrl: string | undefined) {
  const channels = startChannels({
    db: store.db,
    sealer: openSealer({ dataDir, env: {} }),
    registry: new Registry(),
    clock: () => nowMs,
    realClock: () => nowMs,
    log: pino({ level: 'info' }, { write: line => logged.push(line) }),
    version: '0.1.0',
    allowPrivate: true,
    smtpUrl,
    mailFrom: 'Weir <weir@example.com>',
    publicUrl: undefined,
  })
  closers.unshift(() => channels.stop())
  return channels
}

const queue = async ({ mails }: ReturnType<typeof node>, what = mail) =>
  store.db.transaction().execute(async trx => mails.queue(trx, what, nowMs))
const rows = async () => store.db.selectFrom('deliveries').select(['state', 'attempts']).execute()
const attempts = async () => store.db.selectFrom('delivery_attempts').selectAll().execute()

test('a queued mail arrives as plain text with its letters', async () => {
  const { port, mails } = await mailServer()
  const channels = node(`smtp://127.0.0.1:${port}`)
  await queue(channels)
  await channels.deliverDue()
  expect(mails).toMatchObject([{ from: 'weir@example.com', to: ['ada@example.com'] }])
  const { text: sent } = mails[0]!
  expect(sent).toMatch(/^From: Weir <weir@example.com>\r$/m)
  expect(sent).toMatch(/^Content-Type: text\/plain; charset=utf-8\r$/m)
  expect(sent).toContain('=?UTF-8?')
  expect(sent).toContain('=C3=9Cber 5 =E2=82=AC')
  expect(await rows()).toEqual([{ state: 'delivered', attempts: 1 }])
})

test('a mail that was not taken is sent again after its pause, under the same id', async () => {
  const busy = Object.assign(new Error('try later'), { responseCode: 451 })
  const { port, mails } = await mailServer({}, count => (count === 1 ? busy : null))
  const channels = node(`smtp://127.0.0.1:${port}`)
  await queue(channels)
  await channels.deliverDue()
  expect(await attempts()).toMatchObject([{ status: 451, error: expect.stringContaining('try later') }])
  nowMs += 6000
  await channels.deliverDue()
  const ids = mails.map(each => /^Message-ID: (.+)\r$/m.exec(each.text)?.[1])
  expect(ids[0]).toMatch(/^<dlv_[0-9a-f]+@example\.com>$/)
  expect(ids[1]).toBe(ids[0])
  expect(await rows()).toEqual([{ state: 'delivered', attempts: 2 }])
})

test('what the mail server refuses for good is given up at once', async () => {
  const never = Object.assign(new Error('no such mailbox'), { responseCode: 550 })
  const { port } = await mailServer({ onRcptTo: (_address, _session, callback) => callback(never) })
  const channels = node(`smtp://127.0.0.1:${port}`)
  await queue(channels)
  await channels.deliverDue()
  expect(await rows()).toEqual([{ state: 'given-up', attempts: 1 }])
  expect(logged.join('')).toContain('a delivery was given up')
})

test('the password of the mail server is used, and told nobody', async () => {
  const seen: unknown[] = []
  const { port } = await mailServer({
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, callback) {
      seen.push(username, password)
      callback(Object.assign(new Error('wrong'), { responseCode: 535 }))
    },
  })
  const channels = node(`smtp://me%40x:very%2Fsecret@127.0.0.1:${port}`)
  await queue(channels)
  await channels.deliverDue()
  expect(seen).toEqual(['me@x', 'very/secret'])
  expect(logged.join('') + JSON.stringify(await attempts())).not.toContain('very/secret')
})

test('a line break in a subject adds no header field', async () => {
  const { port, mails } = await mailServer()
  const channels = node(`smtp://127.0.0.1:${port}`)
  await queue(channels, { ...mail, subject: 'Hello\r\nBcc: eve@example.com' })
  await channels.deliverDue()
  expect(mails).toMatchObject([{ to: ['ada@example.com'] }])
  expect(mails[0]?.text).not.toMatch(/^bcc:/im)
})

test('without a mail server no mail is queued, and the log says so once', async () => {
  const channels = node(undefined)
  await queue(channels)
  await queue(channels)
  expect(await rows()).toEqual([])
  expect(logged.filter(line => line.includes('--smtp-url'))).toHaveLength(1)
})

test('the operators get a mail when a webhook of the provider’s is disabled', async () => {
  const { port, mails } = await mailServer()
  const gone = await startReceiver(response => response.writeHead(410).end())
  closers.unshift(() => gone.close())
  const person = { name: 'Ada', organizationId: undefined, createdMs: noonMs }
  await addMember(store.db, {
    ...person,
    id: 'mem_1',
    email: 'ada@example.com',
    role: 'operator',
    tokenHash: 'a',
  })
  await addMember(store.db, {
    ...person,
    id: 'mem_2',
    email: 'bob@example.com',
    role: 'finance',
    tokenHash: 'b',
  })
  const channels = node(`smtp://127.0.0.1:${port}`)
  const sealed = openSealer({ dataDir, env: {} }).seal('whsec_AAAA', webhookSecretContext('whk_1'))
  const webhook = { id: 'whk_1', organizationId: undefined, url: gone.url, createdMs: noonMs }
  await addWebhook(store.db, { ...webhook, events: ['app.suspended'] }, sealed)
  await addEvent(store.db, { type: 'app.suspended', atMs: noonMs, data: {} })
  await channels.deliverDue()
  await channels.deliverDue()
  expect(mails.map(({ to }) => to)).toEqual([['ada@example.com']])
  expect(mails[0]?.text).toContain('410')
})
