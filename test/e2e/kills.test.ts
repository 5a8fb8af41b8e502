import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Agent } from 'undici'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestUpstream, chatContract, eventually, signToken, startUpstream } from './harness.ts'
import { type WeirProcess, addressesOf, startProcess } from './process.ts'

const KILLS = 50
/** Two Weirs, each on data of its own: while one starts, the other is under load. */
const LANES = ['one', 'other'] as const
const CLIENTS = 8
/** What a kill may lose (design: Durability). */
const LAST_SECOND_MS = 1000

let folder: string
let upstream: TestUpstream
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-kills-'))
  upstream = await startUpstream((_request, response) => response.end('done'))
  const unlimited = chatContract
    .replace('  user: 60', '  user: off')
    .replace('    default: 1000\n', '    default: 1000000000\n')
    .replace('burst: { divisor: 30 }', 'burst: off')
    .replace('mau: connection', 'mau: request')
  writeFileSync(join(folder, 'contract.yaml'), unlimited)
})
afterAll(async () => {
  await upstream.close()
  rmSync(folder, { recursive: true, force: true })
})

function serve(lane: string): WeirProcess {
  const files = ['--data', join(folder, lane), '--contract', join(folder, 'contract.yaml')]
  const ports = ['--port', '0', '--control-port', '0', '--threads', '2']
  return startProcess(['serve', '--upstream', upstream.url, ...files, ...ports], {
    WEIR_OPERATOR_TOKEN: 'a-token-for-the-kills',
  })
}

interface App {
  readonly id: string
  readonly apiKey: string
  readonly secret: string
}

async function newApps(control: string): Promise<App[]> {
  const post = async <T>(path: string, body: object) => {
    const headers = { authorization: 'Bearer a-token-for-the-kills', 'content-type': 'application/json' }
    const response = await fetch(control + path, { method: 'POST', headers, body: JSON.stringify(body) })
    expect(response.status).toBe(201)
    return (await response.json()) as T
  }
  const { id } = await post<App>('/api/organizations', { name: 'Test', plan: 'start' })
  const apps: App[] = []
  while (apps.length < KILLS / LANES.length)
    apps.push(await post<App>(`/api/organizations/${id}/apps`, { name: 'App' }))
  return apps
}

interface Seen {
  /** When each answer was whole, by the clock of this process. */
  readonly answeredAtMs: number[]
  /** When each user first had an answer. */
  readonly usersAtMs: Map<string, number>
  killedAtMs: number
}

/** Load until the kill, by clients that each wait for their answer; a new user every few requests. */
async function loadUntilKilled(weir: WeirProcess, app: App, lifeMs: number): Promise<Seen> {
  const { gateway } = await addressesOf(weir)
  const dispatcher = new Agent({ connections: CLIENTS })
  const seen: Seen = { answeredAtMs: [], usersAtMs: new Map(), killedAtMs: Infinity }
  const client = async (number: number): Promise<void> => {
    for (let i = 0; ; i++) {
      const user = `user-${number}-${i >> 3}`
      const headers = {
        'x-api-key': app.apiKey,
        authorization: await signToken({ user_id: user }, app.secret),
      }
      try {
        const answer = await dispatcher.request({ origin: gateway, path: '/app', method: 'GET', headers })
        await answer.body.dump()
        expect(answer.statusCode).toBe(200)
      } catch (error) {
        // The kill is the only thing that may end a request.
        if (seen.killedAtMs === Infinity) throw error
        return
      }
      seen.answeredAtMs.push(performance.now())
      if (!seen.usersAtMs.has(user)) seen.usersAtMs.set(user, performance.now())
    }
  }
  const clients = Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)))
  await Promise.race([new Promise(resolve => setTimeout(resolve, lifeMs)), clients])
  seen.killedAtMs = performance.now()
  await weir.end('SIGKILL')
  await clients
  await dispatcher.destroy()
  return seen
}

function recorded(lane: string, app: App): { count: number; users: number } {
  const db = new DatabaseSync(join(folder, lane, 'weir.db'), { readOnly: true })
  const number = (sql: string) => Number(Object.values(db.prepare(sql).get(app.id)!)[0] ?? 0)
  const count = number('select sum(count) from requests_by_minute where app = ?')
  const users = number(
    'select count(*) from active_users join app_months on number = app_month where app = ?',
  )
  db.close()
  return { count, users }
}

/** Start after start on the same data, each ended by a kill; then once in order, until the store has everything. */
async function killAgainAndAgain(lane: string): Promise<{ app: App; seen: Seen }[]> {
  const first = serve(lane)
  const apps = await newApps((await addressesOf(first)).control)
  await first.end()
  const rounds: { app: App; seen: Seen }[] = []
  for (const app of apps) {
    // The kill's instant is random on purpose; what must hold does not depend on it.
    const lifeMs = LAST_SECOND_MS + Math.random() * 1000
    rounds.push({ app, seen: await loadUntilKilled(serve(lane), app, lifeMs) })
  }
  const last = serve(lane)
  await addressesOf(last)
  await eventually(
    async () => readdirSync(join(folder, lane, 'spool')).length,
    files => files <= 1,
    30_000,
  )
  expect(await last.end()).toBe(0)
  return rounds
}

it(`after ${KILLS} kills usage is what clients saw answered, but for the last second and what was in flight`, async () => {
  const lanes = await Promise.all(LANES.map(async lane => ({ lane, rounds: await killAgainAndAgain(lane) })))
  for (const { lane, rounds } of lanes) {
    for (const { app, seen } of rounds) {
      const before = (atMs: number) => atMs < seen.killedAtMs - LAST_SECOND_MS
      const { count, users } = recorded(lane, app)
      expect(count).toBeGreaterThanOrEqual(seen.answeredAtMs.filter(before).length)
      expect(count).toBeLessThanOrEqual(seen.answeredAtMs.length + CLIENTS)
      expect(users).toBeGreaterThanOrEqual([...seen.usersAtMs.values()].filter(before).length)
      expect(users).toBeLessThanOrEqual(seen.usersAtMs.size + CLIENTS)
    }
  }
}, 600_000)
