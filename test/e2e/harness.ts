import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, type RequestListener, type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import type { DestinationStream } from 'pino'
import { clientLimitDefaults } from '../../src/commands/client-limit-options.ts'
import type { ServeSettings } from '../../src/commands/settings.ts'
import { type Weir, startWeir } from '../../src/commands/weir.ts'
import { createLog } from '../../src/http/log.ts'

/** A real upstream on a free port, whose answers a test decides. */
export interface TestUpstream {
  readonly url: string
  readonly server: Server
  /** Requests that reached it, oldest first. */
  readonly received: IncomingMessage[]
  close(): Promise<void>
}

export async function startUpstream(listener: RequestListener = answerOk): Promise<TestUpstream> {
  const received: IncomingMessage[] = []
  const server = createServer((request, response) => {
    received.push(request)
    listener(request, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    received,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** The usual answer: what was asked, as JSON. */
export const answerOk: RequestListener = (request, response) => {
  request.resume()
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers }))
}

/** A Weir of a test's own, in this process, with real threads, sockets and store. */
export interface TestWeir {
  readonly weir: Weir
  readonly dataDir: string
  readonly contractFile: string
  /** Calls the control API as the operator; throws for an answer that is no success. */
  control<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T>
  /** An app of a new organization, known to every thread when this resolves. */
  newApp(options?: { plan?: string; limits?: unknown }): Promise<TestApp>
  stop(): Promise<void>
}

export interface TestApp {
  readonly id: string
  readonly organizationId: string
  readonly apiKey: string
  readonly secret: string
  token(claims: Record<string, unknown>): Promise<string>
  /** A request to the gateway with this app's key and, if claims are given, a token with them. */
  call(path: string, options?: CallOptions): Promise<Response>
}

export interface CallOptions {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: NonNullable<RequestInit['body']>
  /** Claims of the token; `null`: no token. A user's if left out. */
  readonly claims?: Record<string, unknown> | null
}

export interface TestWeirOptions {
  readonly upstream: string
  /** Changes contracts/chat.yaml before it is loaded. */
  readonly contract?: (text: string) => string
  readonly settings?: Partial<ServeSettings>
  readonly env?: NodeJS.ProcessEnv
  /** Takes the log's lines; standard output if left out. */
  readonly logTo?: DestinationStream
}

export const chatContract = readFileSync(new URL('../../contracts/chat.yaml', import.meta.url), 'utf8')

export async function startTestWeir(options: TestWeirOptions): Promise<TestWeir> {
  const dataDir = mkdtempSync(join(tmpdir(), 'weir-e2e-'))
  const contractFile = join(dataDir, 'contract.yaml')
  writeFileSync(contractFile, (options.contract ?? (text => text))(chatContract))
  const settings = { ...testSettings(dataDir, options.upstream), contract: contractFile, ...options.settings }
  const weir = await startWeir(settings, {
    env: options.env ?? {},
    log: createLog({ level: settings.logLevel, ...(options.logTo && { to: options.logTo }) }),
    onFatal: error => {
      throw error
    },
  })
  async function control<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(weir.controlUrl + path, {
      method,
      headers: { authorization: `Bearer ${weir.operatorToken}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }
  return {
    weir,
    dataDir,
    contractFile,
    control,
    newApp: async appOptions => {
      const app = await newApp(control, weir, appOptions)
      await weir.refresh()
      return app
    },
    async stop() {
      await weir.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

function testSettings(data: string, upstream: string): ServeSettings {
  return {
    ...clientLimitDefaults,
    contract: undefined,
    upstream: [upstream],
    data,
    databaseUrl: undefined,
    role: 'all',
    backupTo: undefined,
    backupEveryHours: 24,
    backupKeep: 7,
    testClock: undefined,
    host: '127.0.0.1',
    port: 0,
    controlHost: '127.0.0.1',
    controlPort: 0,
    threads: 2,
    counters: 65_536,
    pingSeconds: 30,
    spoolMib: 256,
    drainSeconds: 5,
    logLevel: 'silent',
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

async function newApp(
  control: TestWeir['control'],
  weir: Weir,
  options: { plan?: string; limits?: unknown } = {},
): Promise<TestApp> {
  const organization = await control<{ id: string }>('POST', '/api/organizations', {
    name: 'Test',
    plan: options.plan ?? 'start',
    // For plans that are not for everyone.
    eligibility: { members: 1, monthlyRevenue: '0', funding: '0' },
  })
  const app = await control<{ id: string; apiKey: string; secret: string }>(
    'POST',
    `/api/organizations/${organization.id}/apps`,
    { name: 'Test app' },
  )
  if (options.limits) await control('PUT', `/api/apps/${app.id}/limits`, options.limits)
  const token = (claims: Record<string, unknown>) => signToken(claims, app.secret)
  return {
    id: app.id,
    apiKey: app.apiKey,
    secret: app.secret,
    organizationId: organization.id,
    token,
    async call(path, { method, headers, body, claims = { user_id: 'ann' } } = {}) {
      return fetch(weir.gatewayUrl + path, {
        method: method ?? 'GET',
        headers: {
          'x-api-key': app.apiKey,
          ...(claims && { authorization: await token(claims) }),
          ...headers,
        },
        ...(body !== undefined && { body, duplex: 'half' }),
      })
    },
  }
}

export function signToken(claims: Record<string, unknown>, secret: string): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret))
}

/** Asks again until `accept` likes the answer: for what has to happen within a bound, not at an instant. */
export async function eventually<T>(
  ask: () => Promise<T>,
  accept: (answer: T) => boolean,
  withinMs: number,
): Promise<T> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (accept(answer)) return answer
    if (performance.now() > deadline)
      throw new Error(`not within ${withinMs} ms; last: ${JSON.stringify(answer)}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
