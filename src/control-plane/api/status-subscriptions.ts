import type { OpenAPIHono } from '@hono/zod-openapi'
import { bodyLimit } from 'hono/body-limit'
import { z } from '@hono/zod-openapi'
import { errors } from '../../http/errors.ts'
import { ProblemError } from '../../http/problem.ts'
import { webhookUrlFlaw } from '../channels/webhook-url.ts'
import { type Message, messagePage } from '../status/message-page.ts'
import { pagePolicy } from '../status/page-shell.ts'
import { liveLinks } from '../status/status-links.ts'
import {
  type SubscriptionParts,
  askToSubscribe,
  confirmSubscription,
  endSubscription,
} from '../status/subscriptions.ts'
import { type SubscribeWays, subscribePage } from '../status/subscribe-part.ts'
import type { ApiContext, ApiEnv, ControlDeps } from './deps.ts'

type Deps = Pick<ControlDeps, 'store' | 'sealer' | 'mails' | 'clock' | 'contracts' | 'publicUrl'> &
  Pick<ControlDeps, 'allowPrivateWebhooks'>

/** What this Weir can send to strangers. A link has to lead somewhere, so both need the public address. */
export function waysOf({ publicUrl, mails }: Pick<Deps, 'publicUrl' | 'mails'>): SubscribeWays {
  const canLink = publicUrl !== undefined
  return { email: canLink && mails.canSend, webhook: canLink }
}

const MAX_BODY_BYTES = 4096
const small = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => {
    throw new ProblemError('payload-too-large', `A body may have at most ${MAX_BODY_BYTES} bytes.`)
  },
})

/** Asking to be told, confirming it and ending it: by forms for people, by JSON for programs, without credentials. */
export function statusSubscriptionRoutes(api: OpenAPIHono<ApiEnv>, deps: Deps): void {
  const { store, sealer, mails, clock } = deps
  const name = () => {
    const { contract } = deps.contracts.inForce()
    return contract.provider?.legalName ?? contract.name
  }
  const parts: SubscriptionParts = { db: store.db, sealer, mails, clock, name }
  const links = liveLinks()

  async function say(c: ApiContext, message: Message, json: object, status: 200 | 202 | 404 = 200) {
    if (wantsJson(c)) return c.json(json, status)
    c.header('content-security-policy', pagePolicy)
    return c.html(await messagePage(name(), links, message), status)
  }

  /** A program gets the problem as it is; a person a page that says the same. */
  async function readAndAsk(c: ApiContext) {
    try {
      const asked = readAsked(deps, await fieldsOf(c))
      await askToSubscribe(parts, asked)
      return asked
    } catch (error) {
      if (wantsJson(c) || !(error instanceof ProblemError)) throw error
      return error
    }
  }

  async function refused(c: ApiContext, { code, message: text }: ProblemError) {
    const { title, status } = errors[code]
    c.header('content-security-policy', pagePolicy)
    return c.html(await messagePage(name(), links, { title, text }), status)
  }

  api.get('/status/subscribe', async c => {
    c.header('content-security-policy', pagePolicy)
    return c.html(await subscribePage(name(), links, waysOf(deps)))
  })
  api.post('/status/subscribe', small, async c => {
    const asked = await readAndAsk(c)
    if (asked instanceof ProblemError) return refused(c, asked)
    const text =
      asked.channel === 'email'
        ? 'If this address is not subscribed yet, a mail with a link is on its way. Open it to confirm.'
        : 'If this address is not subscribed yet, it is sent a message with a link. Open it to confirm.'
    return say(c, { title: 'Please confirm', text }, { status: 'asked', text }, 202)
  })

  api.get('/status/confirm', c => {
    const button = { to: '/status/confirm', token: c.req.query('token') ?? '', label: 'Yes, tell me' }
    const text = 'Shall this address be told of incidents and maintenance?'
    return say(c, { title: 'Confirm the subscription', text, button }, { text, post: '/status/confirm' })
  })
  api.post('/status/confirm', small, async c => {
    const confirmed = await confirmSubscription(parts, await tokenOf(c))
    if (confirmed === undefined) return say(c, noSuch, { status: 'unknown', text: noSuch.text }, 404)
    const { channel, address, secret } = confirmed
    const told = `${address} is told of incidents and maintenance from now on.`
    const text =
      secret === undefined ? told : `${told} Messages are signed with this secret, shown this once:`
    const json = { status: 'confirmed', channel, address, ...(secret !== undefined && { secret }) }
    return say(c, { title: 'Subscribed', text, code: secret }, json)
  })

  api.get('/status/unsubscribe', c => {
    const button = {
      to: '/status/unsubscribe',
      token: c.req.query('token') ?? '',
      label: 'Tell me nothing more',
    }
    const text = 'Shall this address be told of nothing more?'
    return say(c, { title: 'End the subscription', text, button }, { text, post: '/status/unsubscribe' })
  })
  // A mailbox's own button sends this too (RFC 8058), with the token in the address.
  api.post('/status/unsubscribe', small, async c => {
    await endSubscription(parts, await tokenOf(c))
    const text = 'Nothing more is sent.'
    return say(c, { title: 'The subscription has ended', text }, { status: 'ended', text })
  })
}

const noSuch: Message = {
  title: 'This link does not hold',
  text: 'It was not confirmed within two days, or the subscription has ended. Ask again on the status page.',
}

function wantsJson(c: ApiContext): boolean {
  const isJson = c.req.header('content-type')?.includes('application/json') === true
  const accept = c.req.header('accept') ?? ''
  return isJson || (accept.includes('application/json') && !accept.includes('text/html'))
}

async function fieldsOf(c: ApiContext): Promise<unknown> {
  const isJson = c.req.header('content-type')?.includes('application/json') === true
  try {
    return isJson ? await c.req.json() : await c.req.parseBody()
  } catch (error) {
    if (error instanceof ProblemError) throw error
    throw new ProblemError('invalid-body', `The body is no ${isJson ? 'JSON' : 'form'}.`, { fix: EXPECTED })
  }
}

async function tokenOf(c: ApiContext): Promise<string> {
  const token = z.object({ token: z.string().max(100) }).safeParse(await fieldsOf(c))
  return token.success ? token.data.token : (c.req.query('token') ?? '')
}

const EXPECTED =
  'Send {"channel": "email" or "webhook", "address": …} as application/json, or the same two fields as a form.'

const asking = z.object({
  channel: z.enum(['email', 'webhook'], 'Must be email or webhook.'),
  address: z.string('Must be an address.').trim().max(2048, 'Must have at most 2048 characters.'),
})
const email = z.email('Must be an address such as ann@example.com.').max(254)

function readAsked(deps: Deps, fields: unknown) {
  const read = asking.safeParse(fields)
  if (!read.success) {
    throw invalid(read.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })))
  }
  const { channel, address } = read.data
  refuseWay(deps, channel)
  if (channel === 'webhook') {
    const flaw = webhookUrlFlaw(address, deps.allowPrivateWebhooks)
    if (flaw !== undefined) throw invalid([{ path: 'address', message: flaw }])
    return { channel, address: new URL(address).href }
  }
  const mailbox = email.safeParse(address)
  if (!mailbox.success) throw invalid([{ path: 'address', message: mailbox.error.issues[0]?.message ?? '' }])
  // Names of hosts have no case; names of mailboxes may.
  return { channel, address: address.replace(/@.*$/, host => host.toLowerCase()) }
}

function refuseWay(deps: Deps, channel: keyof SubscribeWays): void {
  if (waysOf(deps)[channel]) return
  const needed = deps.publicUrl === undefined ? '--public-url' : '--smtp-url'
  throw new ProblemError('conflict', `Nobody can subscribe by ${channel} here: Weir runs without ${needed}.`)
}

function invalid(mistakes: readonly { path: string; message: string }[]): ProblemError {
  const detail = mistakes
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
    .join(' ')
  return new ProblemError('invalid-body', detail, { mistakes, fix: EXPECTED })
}
