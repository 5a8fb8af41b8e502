import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { pino } from 'pino'
import { expect } from 'vitest'
import { openEvidenceKey } from '../../identity/evidence-key.ts'
import { operatorToken } from '../../identity/operator-token.ts'
import { openSealer } from '../../identity/sealing.ts'
import { openStore, type StorePlace } from '../../store/open-store.ts'
import { createMails } from '../channels/mail.ts'
import { createAgreements } from '../invoicing/agreement.ts'
import { openContracts } from './contracts.ts'
import { createControlApi } from './create-control-api.ts'
import type { ControlDeps } from './deps.ts'
import { createUsageReader } from '../usage/usage-reader.ts'
import { readEvidenceHeads } from '../status/read-events.ts'
import { readStatus } from '../status/read-status.ts'
import { startBoard } from '../status/status-board.ts'
import { serverTokenCheck } from './server-tokens.ts'

export const chatYaml = readFileSync(new URL('../../../contracts/chat.yaml', import.meta.url), 'utf8')
/** A Tuesday in the middle of a month. */
export const noonMs = Date.UTC(2026, 10, 10, 12)

interface Answer<Body> {
  readonly status: number
  readonly body: Body
  readonly headers: Headers
}

type Call = <Body = Record<string, unknown>>(
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer<Body>>

/**
 * A whole control API on a database of its own, in a file unless an empty one is given, with the chat contract in force
 * and a clock that stands still.
 */
export async function startControl(more: Partial<ControlDeps> = {}, given?: StorePlace) {
  const dataDir = mkdtempSync(join(tmpdir(), 'weir-control-'))
  const place = given ?? { file: join(dataDir, 'weir.db') }
  const time = { nowMs: noonMs }
  const logged: string[] = []
  const clock = () => time.nowMs
  const store = await openStore(place)
  const sealer = openSealer({ dataDir, env: {} })
  const contracts = await openContracts({ store })
  const { token } = operatorToken({ dataDir, env: {} })
  const usage = createUsageReader(place)
  const log = pino({ level: 'info' }, { write: line => logged.push(line) })
  const agreements = createAgreements()
  const source = { db: store.db, usage, contract: () => contracts.inForce().contract, agreements }
  const boards = { clock, realClock: () => performance.now(), log }
  const status = startBoard({ ...boards, read: moment => readStatus(source, moment) })
  const evidence = startBoard({ ...boards, read: ({ nowMs }) => readEvidenceHeads(store.db, nowMs) })
  const deps: ControlDeps = {
    store,
    status,
    evidence,
    publicUrl: undefined,
    sealer,
    evidenceKey: openEvidenceKey({ dataDir, env: {} }),
    operatorToken: token,
    clock,
    testClock: undefined,
    logRequests: true,
    log,
    contracts,
    agreements,
    invoiceFormats: {},
    readRateLimits: async appId => ({ duration: '0.42ms', web: { Search: { limit: 300 } }, appId }),
    verifyServerToken: serverTokenCheck({ store, sealer, contracts, clock }),
    usage,
    mails: createMails({ smtpUrl: undefined, from: 'weir@example.com', log }),
    ready: () => true,
    metrics: async () => 'weir_up 1\n',
    allowPrivateWebhooks: false,
    version: '0.1.0',
    ...more,
  }
  await store.db.transaction().execute(async trx => {
    const taken = await contracts.take(trx, { yaml: chatYaml, source: 'file' }, noonMs)
    if (taken.kind === 'taken') contracts.hold(taken.inForce)
  })
  const api = createControlApi(deps)
  const as = (bearer: string | undefined): Call => callAs(api, bearer)
  return {
    api,
    deps,
    dataDir,
    time,
    logged,
    as,
    operator: as(token),
    async close() {
      await status.stop()
      await evidence.stop()
      await usage.close()
      await store.close()
      rmSync(dataDir, { recursive: true })
    },
  }
}

export type Control = Awaited<ReturnType<typeof startControl>>

function callAs(api: ReturnType<typeof createControlApi>, bearer: string | undefined): Call {
  return async <Body>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<Body>> => {
    const response = await api.request(path, {
      method,
      headers: {
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') === true
    const parsed: Body = JSON.parse(isJson ? text : JSON.stringify(text))
    return { status: response.status, body: parsed, headers: response.headers }
  }
}

export interface NewApp {
  readonly id: string
  readonly organization: string
  readonly apiKey: string
  readonly secret: string
  readonly keys: readonly { readonly id: string }[]
}

/** An organization with an app, a member of each customer role, and the app's server token. */
export async function addCustomer(control: Control, name: string, plan = 'growth') {
  const { operator } = control
  const organization = await operator<{ id: string }>('POST', '/api/organizations', { name, plan })
  expect(organization).toMatchObject({ status: 201 })
  const organizationId = organization.body.id
  const app = await operator<NewApp>('POST', `/api/organizations/${organizationId}/apps`, {
    name: `${name} app`,
  })
  expect(app).toMatchObject({ status: 201 })
  const admin = await addMember(control, 'customer-admin', organizationId)
  const developer = await addMember(control, 'customer-developer', organizationId)
  const serverToken = await new SignJWT({ server: true })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(app.body.secret))
  return { organizationId, app: app.body, admin, developer, serverToken }
}

/** The new member's token and id. */
export async function addMember(control: Control, role: string, organization?: string) {
  const answer = await control.operator<{ id: string; token: string }>('POST', '/api/members', {
    name: role,
    email: `${role}@example.com`,
    role,
    ...(organization === undefined ? {} : { organization }),
  })
  expect(answer).toMatchObject({ status: 201 })
  return answer.body
}

/** The actions of the audit, oldest first. */
export async function auditOf(control: Control): Promise<string[]> {
  const { body } = await control.operator<{ items: { action: string; actor: string }[] }>('GET', '/api/audit')
  return body.items.map(({ actor, action }) => `${actor} ${action}`).toReversed()
}
