import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { type ChatServer, createChatServer } from '../../examples/chat/server.ts'
import type { TestClock } from '../core/time/test-clock.ts'
import { createLog } from '../http/log.ts'
import { PortError } from '../http/port-error.ts'
import { type DemoAccess, demoText } from './demo-text.ts'
import { clientLimitDefaults } from './client-limit-options.ts'
import type { ServeSettings } from './settings.ts'
import { untilSignalled } from './signals.ts'
import { type Weir, startWeir } from './weir.ts'

export interface DemoSettings {
  /** undefined: the usual one, or any free one if that is taken. */
  readonly port: number | undefined
  readonly controlPort: number | undefined
  /** Unix milliseconds at which the demo's time begins; undefined: now. */
  readonly clock: number | undefined
  /** How many times faster than real time it runs. */
  readonly speed: number | undefined
}

const USUAL_PORT = 8080
const USUAL_CONTROL_PORT = 8081
const USERS = ['alice', 'bob'] as const

/** `weir demo`: the chat API of examples/chat behind Weir, with one organization; runs until it is told to end. */
export async function runDemo(settings: DemoSettings, env: NodeJS.ProcessEnv): Promise<number> {
  const signalled = untilSignalled()
  const dataDir = mkdtempSync(join(tmpdir(), 'weir-demo-'))
  const chat = await createChatServer({ database: ':memory:' })
  try {
    const demo = await startDemo(settings, dataDir, chat, env)
    process.stdout.write(demoText(demo.weir, demo.access))
    await signalled
    await demo.weir.stop()
    return 0
  } catch (error) {
    if (!(error instanceof PortError)) throw error
    process.stderr.write(`${error.message}\n`)
    return 1
  } finally {
    await chat.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

async function startDemo(
  settings: DemoSettings,
  dataDir: string,
  chat: ChatServer,
  env: NodeJS.ProcessEnv,
): Promise<{ weir: Weir; access: DemoAccess }> {
  const { url } = await chat.listen(0)
  const weir = await startOnFreePorts(settings, dataDir, url, env)
  const access = await seed(weir)
  return { weir, access }
}

async function startOnFreePorts(
  settings: DemoSettings,
  dataDir: string,
  upstream: string,
  env: NodeJS.ProcessEnv,
): Promise<Weir> {
  const fatal = (error: Error) => {
    throw error
  }
  const parts = { env, log: createLog({ level: 'warn' }), onFatal: fatal }
  const { port, controlPort } = settings
  const start = (usual: number, usualControl: number) =>
    startWeir(
      {
        ...demoSettings(dataDir, upstream, port ?? usual, controlPort ?? usualControl),
        testClock: testClock(settings),
      },
      parts,
    )
  try {
    return await start(USUAL_PORT, USUAL_CONTROL_PORT)
  } catch (error) {
    // A newcomer whose port is taken wants to see the demo, not a lesson about ports.
    if (error instanceof PortError) return start(0, 0)
    throw error
  }
}

/** Time begins when the demo does, where it was told to. */
function testClock({ clock, speed = 1 }: DemoSettings): TestClock | undefined {
  const originMs = Date.now()
  if (clock === undefined && speed === 1) return undefined
  return { startMs: clock ?? originMs, originMs, speed }
}

/** contracts/chat.yaml says nothing about who sells, because whoever copies it does; an invoice has to. */
const PROVIDER = `
provider:
  legalName: Chat Example Ltd
  address: [1 Example Street, Dublin]
  country: IE
  taxIds: [IE0000000XX]
  paymentTermsDays: 14
`

/** What the status page tells apart. */
const GROUPS = `  groups:
    Messages: [SendMessage, SendEvent, MarkRead]
    Channels: [QueryChannels, GetOrCreateChannel]
    Connections: [Connect]
    Search: [Search]
`

function writeContract(dataDir: string): string {
  const file = join(dataDir, 'contract.yaml')
  const chat = readFileSync(new URL('../../contracts/chat.yaml', import.meta.url), 'utf8')
  writeFileSync(file, chat.replace(/^availability:.*\n/m, `$&${GROUPS}`) + PROVIDER)
  return file
}

function demoSettings(data: string, upstream: string, port: number, controlPort: number): ServeSettings {
  return {
    ...clientLimitDefaults,
    data,
    databaseUrl: undefined,
    role: 'all',
    backupTo: undefined,
    backupEveryHours: 24,
    backupKeep: 7,
    testClock: undefined,
    port,
    controlPort,
    contract: writeContract(data),
    upstream: [upstream],
    host: '127.0.0.1',
    controlHost: '127.0.0.1',
    threads: 2,
    counters: 65_536,
    pingSeconds: 30,
    spoolMib: 256,
    drainSeconds: 3,
    logLevel: 'warn',
    logRequests: false,
    trustProxy: [],
    tlsCert: undefined,
    tlsKey: undefined,
    allowPrivateWebhooks: true,
    smtpUrl: undefined,
    mailFrom: 'weir@localhost',
    publicUrl: undefined,
    statusExport: undefined,
    statusExportEverySeconds: 60,
    alertMail: [],
    invoiceFont: [],
  }
}

/** One organization with one app, two users and a channel, made over the same APIs that everyone uses. */
async function seed(weir: Weir): Promise<DemoAccess> {
  const operator = { authorization: `Bearer ${weir.operatorToken}` }
  const organization = await post<{ id: string }>(`${weir.controlUrl}/api/organizations`, operator, {
    name: 'Demo',
    plan: 'start',
    // The one with the strictest SLA: there is something to keep, and to owe.
    supportPlan: 'enterprise',
    billing: { legalName: 'Demo Customer GmbH', address: ['Beispielweg 2', 'Berlin'], country: 'DE' },
  })
  const app = await post<{ id: string; apiKey: string; secret: string }>(
    `${weir.controlUrl}/api/organizations/${organization.id}/apps`,
    operator,
    { name: 'Demo chat' },
  )
  await weir.refresh()
  const tokens = await Promise.all(USERS.map(user => signed({ user_id: user }, app.secret)))
  const serverToken = await signed({ server: true }, app.secret)
  const server = { 'x-api-key': app.apiKey, authorization: serverToken }
  const users = Object.fromEntries(USERS.map(id => [id, { id, name: id[0]!.toUpperCase() + id.slice(1) }]))
  await post(`${weir.gatewayUrl}/users`, server, { users })
  await post(`${weir.gatewayUrl}/channels/messaging/general/query`, server, {
    members: USERS,
    data: { name: 'General' },
    user_id: USERS[0],
  })
  await announceWork(weir, operator)
  const drafts = await get<{ items: { id: string }[] }>(
    `${weir.controlUrl}/api/organizations/${organization.id}/invoices?status=draft`,
    operator,
  )
  return {
    operatorToken: weir.operatorToken,
    organization: organization.id,
    draft: drafts.items[0]!.id,
    apiKey: app.apiKey,
    serverToken,
    userTokens: Object.fromEntries(USERS.map((user, i) => [user, tokens[i]!])),
  }
}

/** In five days by the demo's clock, so that the status page has something ahead. */
async function announceWork(weir: Weir, operator: Record<string, string>): Promise<void> {
  const health = await get<{ testClock?: { now: string } }>(`${weir.controlUrl}/healthz`, {})
  const nowMs = Date.parse(health.testClock?.now ?? new Date().toISOString())
  const startMs = Math.floor(nowMs / 3_600_000) * 3_600_000 + 5 * 86_400_000
  const [start, end] = [startMs, startMs + 5_400_000].map(ms => new Date(ms).toISOString())
  await post(`${weir.controlUrl}/api/maintenance`, operator, { title: 'A new search index', start, end })
}

function signed(claims: Record<string, unknown>, secret: string): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret))
}

async function post<T>(url: string, headers: Record<string, string>, body: unknown): Promise<T> {
  const sent = { ...headers, 'content-type': 'application/json' }
  return read<T>(await fetch(url, { method: 'POST', headers: sent, body: JSON.stringify(body) }))
}

async function get<T>(url: string, headers: Record<string, string>): Promise<T> {
  return read<T>(await fetch(url, { headers }))
}

async function read<T>(response: Response): Promise<T> {
  if (!response.ok)
    throw new Error(`the demo could not be set up: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}
