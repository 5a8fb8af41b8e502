import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type Page, chromium } from 'playwright-core'
import type { WebSocket as ServerSocket } from 'ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type * as WeirClient from '../../sdk/src/weir-client.ts'
import { type TestWeir, eventually, startTestWeir } from '../e2e/harness.ts'
import { type SocketUpstream, echo, startSocketUpstream } from '../e2e/sockets.ts'
import { chromiumPath } from '../system-programs.ts'
import { buildClient } from './built-client.ts'

const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

let upstream: SocketUpstream
let weir: TestWeir
let site: { url: string; close(): void }
let browser: Browser
let page: Page
/** What the page complained about. */
const complaints: string[] = []

beforeAll(async () => {
  upstream = await startSocketUpstream()
  weir = await startTestWeir({ upstream: upstream.url })
  site = await startSite()
  browser = await chromium.launch({ executablePath: chromiumPath, args: quiet })
  page = await browser.newPage()
  page.on('pageerror', error => complaints.push(error.message))
  await page.goto(site.url)
})

afterAll(async () => {
  await browser.close()
  site.close()
  await weir.stop()
  await upstream.close()
})

/** A page of another origin than Weir's, with the client's modules as they are built. */
async function startSite() {
  const folder = mkdtempSync(join(tmpdir(), 'weir-site-'))
  await buildClient(folder)
  const server = createServer((request, response) => {
    if (request.url === '/')
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>A page</title>')
    else if (!/^\/[\w-]+\.js$/.test(request.url!)) response.writeHead(404).end()
    else
      response
        .setHeader('content-type', 'text/javascript')
        .end(readFileSync(join(folder, 'dist', request.url!)))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close()
      server.closeAllConnections()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Options of a client, as far as they can be written down. */
type Access = Pick<WeirClient.ClientOptions, 'baseUrl' | 'apiKey' | 'token' | 'pace' | 'retry'>

async function accessOf(limits?: unknown): Promise<Access> {
  const app = await weir.newApp(limits === undefined ? {} : { limits })
  return { baseUrl: weir.weir.gatewayUrl, apiKey: app.apiKey, token: await app.token({ user_id: 'ann' }) }
}

/** What is run in the page: it comes there as text, so it can use nothing of this file. */
function inPage<Result>(
  access: Access,
  body: (client: WeirClient.Client) => Promise<Result>,
): Promise<Result> {
  const text = `(async () => {
    const { createClient } = await import('/weir-client.js')
    const client = createClient({ ...${JSON.stringify(access)}, reconnect: { baseMs: 20, capMs: 200 } })
    return (${body.toString()})(client)
  })()`
  return page.evaluate(text) as Promise<Result>
}

describe('in Chromium, from a page of another origin', () => {
  it('a GET shows data, limits and request id', async () => {
    const answer = await inPage(await accessOf(), async client => {
      const { data, metadata } = await client.get<{ headers: Record<string, string> }>('/app')
      const { rateLimit, policies, requestId } = metadata
      const isDate = rateLimit.rateLimitReset instanceof Date
      return { origin: data.headers['origin'], rateLimit, isDate, policies: policies.length, requestId }
    })
    expect(answer).toMatchObject({
      origin: site.url,
      rateLimit: { rateLimit: 1000, rateLimitRemaining: 999 },
      isDate: true,
      policies: 3,
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    })
  })

  it('a limit is waited for, by the Retry-After that the page may read', async () => {
    const answers = await inPage(await accessOf({ app: { GetApp: 30 } }), async client => {
      const calls = [1, 2, 3].map(() => client.get('/app'))
      return (await Promise.all(calls)).map(({ metadata }) => [metadata.responseCode, metadata.tries])
    })
    expect(answers.map(([status]) => status)).toEqual([200, 200, 200])
    expect(answers.some(([, tries]) => tries! > 1)).toBe(true)
  })

  it('paced calls come to no limit', async () => {
    const access = await accessOf({ app: { GetApp: 90 } })
    const statuses = await inPage({ ...access, pace: true, retry: false }, async client => {
      const calls = Array.from({ length: 8 }, () => client.get('/app'))
      return (await Promise.all(calls)).map(({ metadata }) => metadata.responseCode)
    })
    expect(statuses).toEqual(Array.from({ length: 8 }, () => 200))
  })

  it('an error says what it is', async () => {
    const error = await inPage({ ...(await accessOf()), apiKey: 'nobody' }, client =>
      client.get('/app').then(
        () => undefined,
        ({ name, code, status, fix }: WeirClient.WeirError) => ({ name, code, status, fix }),
      ),
    )
    expect(error).toMatchObject({ name: 'WeirError', code: 'unknown-api-key', status: 401 })
  })

  it('a WebSocket that is cut comes back, and talks', async () => {
    const accepted: ServerSocket[] = []
    upstream.onSocket = socket => {
      accepted.push(socket)
      echo(socket)
    }
    const talking = inPage(await accessOf(), async client => {
      const connection = client.connectUser('ann')
      await connection.opened()
      await new Promise<void>(resolve =>
        connection.addEventListener('close', () => resolve(), { once: true }),
      )
      await connection.opened()
      const heard = new Promise(resolve =>
        connection.addEventListener('message', ({ data }) => resolve(data), { once: true }),
      )
      connection.send('Grüße')
      const data = await heard
      await connection.disconnect()
      return { data, state: connection.state }
    })
    await eventually(
      async () => accepted.length,
      length => length === 1,
      60_000,
    )
    accepted[0]!.terminate()
    expect(await talking).toEqual({ data: 'Grüße', state: 'closed' })
    expect(accepted).toHaveLength(2)
  })

  it('a handshake that is refused says why, though the browser does not', async () => {
    const code = await inPage({ ...(await accessOf()), token: 'no token' }, client =>
      client
        .connectUser('ann')
        .opened()
        .then(
          () => 'open',
          ({ code: why }: WeirClient.WeirError) => why,
        ),
    )
    expect(code).toBe('invalid-token')
    expect(complaints).toEqual([])
  })
})
