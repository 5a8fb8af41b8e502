import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import type { Kysely } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { monthsOf } from '../../src/core/time/month.ts'
import { readStore } from '../../src/store/open-store.ts'
import type { Schema } from '../../src/store/schema.ts'
import { smallPlans } from '../nodes/closing-customers.ts'
import { ask, newCluster } from '../nodes/node-process.ts'
import { type PrivatePostgres, startPrivatePostgres } from '../private-postgres.ts'
import { eventually } from './harness.ts'
import { type KillLane, laneOfNodes, laneOnFile } from './kill-lanes.ts'
import { CLIENTS, type LoadedApp, type Seen, startLoad } from './kill-load.ts'
import { type SocketUpstream, startSocketUpstream } from './sockets.ts'

/** Of the one process, and of the two nodes: while one lane starts something, the other is under load. */
const KILLS = { file: 27, nodes: 23 }
/** What a kill may lose (design: Durability). */
const LAST_SECOND_MS = 1000
const seed = Number(process.env['WEIR_KILLS_SEED'] ?? randomInt(2 ** 31))

let folder: string
let contract: string
let postgres: PrivatePostgres
let upstream: SocketUpstream
const lanes: KillLane[] = []
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-kills-'))
  postgres = await startPrivatePostgres()
  upstream = await startSocketUpstream()
  contract = join(folder, 'contract.yaml')
  const unlimited = smallPlans
    .replace('  user: 60', '  user: off')
    .replace('    default: 1000\n', '    default: 1000000000\n')
    .replace('burst: { divisor: 30 }', 'burst: off')
    .replace('mau: connection', 'mau: request')
  writeFileSync(contract, unlimited)
  const parts = { contract, upstream: upstream.url }
  lanes.push(
    laneOnFile({ ...parts, cluster: newCluster(join(folder, 'file'), '') }),
    laneOfNodes({ ...parts, cluster: newCluster(join(folder, 'nodes'), await postgres.createDatabase()) }),
  )
}, 60_000)
afterAll(async () => {
  await Promise.all(lanes.map(lane => lane.killAll()))
  await upstream.close()
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** What is killed, how long after the load began, and how many WebSockets are open then. */
interface Kill {
  readonly victim: string
  readonly lifeMs: number
  readonly sockets: number
}

function killsOf(lane: KillLane, count: number, laneSeed: number): Kill[] {
  const kill = fc.record({
    victim: fc.constantFrom(...lane.processes),
    // What must hold does not depend on it.
    lifeMs: fc.integer({ min: LAST_SECOND_MS, max: 1.5 * LAST_SECOND_MS }),
    sockets: fc.integer({ min: 1, max: CLIENTS }),
  })
  return fc.sample(kill, { seed: laneSeed, numRuns: count })
}

interface Round {
  readonly app: LoadedApp
  readonly seen: Seen
}

/** An organization of the lane, with an app for each kill. The control API runs afterwards, and nothing else. */
async function addApps(lane: KillLane, count: number) {
  const { control } = await lane.start(lane.processes.at(-1)!)
  const organization = { name: 'Test', plan: 'start' }
  const { id } = await post(lane, control, '/api/organizations', organization)
  const apps: LoadedApp[] = []
  while (apps.length < count)
    apps.push(await post(lane, control, `/api/organizations/${id}/apps`, { name: 'App' }))
  return { organizationId: id, apps, control }
}

/** Kill after kill on the same data, each with a load on an app of its own; then all that was seen is in the store. */
async function killAgainAndAgain(lane: KillLane, kills: readonly Kill[]) {
  const [first, last] = [lane.processes[0]!, lane.processes.at(-1)!]
  const { apps, organizationId, ...opened } = await addApps(lane, kills.length)
  let { control } = opened
  // The load begins where the apps are known from the start.
  if (first === last) await lane.end(first)
  let { gateway } = await lane.start(first)
  const rounds: Round[] = []
  for (const [at, { victim, lifeMs, sockets }] of kills.entries()) {
    const app = apps[at]!
    const load = await startLoad(gateway, app, sockets)
    await Promise.race([new Promise(resolve => setTimeout(resolve, lifeMs)), load.failed])
    const kill = async () => lane.end(victim, 'SIGKILL')
    if (victim === first) {
      rounds.push({ app, seen: await load.kill(kill) })
      ;({ gateway } = await lane.start(first))
    } else {
      await kill()
      ;({ control } = await lane.start(victim))
      rounds.push({ app, seen: await load.stop() })
    }
  }
  await eventually(
    async () => lane.waiting(),
    files => files <= 1,
    60_000,
  )
  expect(await lane.end(first)).toBe(0)
  if (first === last) ({ control } = await lane.start(first))
  return { organizationId, control, rounds }
}

async function post<T extends { readonly id: string }>(
  lane: KillLane,
  control: string,
  path: string,
  body: object,
): Promise<T> {
  const answer = await ask<T>(control, lane.cluster, ['POST', path], body)
  expect(answer.status).toBe(201)
  return answer.body
}

async function recorded(db: Kysely<Schema>, appId: string): Promise<{ count: number; users: number }> {
  const requests = await db
    .selectFrom('requests_by_minute')
    .select(({ fn }) => fn.sum<number | null>('count').as('count'))
    .where('app', '=', appId)
    // A WebSocket is a request too, and counts when it has ended.
    .where('endpoint', '=', 'GetApp')
    .executeTakeFirstOrThrow()
  const { users } = await db
    .selectFrom('active_users')
    .innerJoin('app_months', 'app_months.number', 'active_users.app_month')
    .select(({ fn }) => fn.countAll<number>().as('users'))
    .where('app', '=', appId)
    .executeTakeFirstOrThrow()
  return { count: requests.count ?? 0, users }
}

function expectSeen({ seen }: Round, { count, users }: { count: number; users: number }): void {
  const { answeredAtMs, usersAtMs, killedAtMs } = seen
  if (killedAtMs === Infinity) {
    expect([count, users]).toEqual([answeredAtMs.length, usersAtMs.size])
    return
  }
  const before = (atMs: number) => atMs < killedAtMs - LAST_SECOND_MS
  expect(count).toBeGreaterThanOrEqual(answeredAtMs.filter(before).length)
  expect(count).toBeLessThanOrEqual(answeredAtMs.length + CLIENTS)
  expect(users).toBeGreaterThanOrEqual([...usersAtMs.values()].filter(before).length)
  expect(users).toBeLessThanOrEqual(usersAtMs.size + CLIENTS)
}

/** The drafts as they would be billed, without the words that say up to which instant usage is known. */
async function drafts(lane: KillLane, control: string, organizationId: string): Promise<unknown> {
  const path = `/api/organizations/${organizationId}/invoices?status=draft`
  const { status, body } = await ask(control, lane.cluster, ['GET', path])
  expect(status).toBe(200)
  return JSON.parse(JSON.stringify(body).replaceAll(/So far: usage up to [^;]+;/g, ''))
}

/** The most WebSockets open at once, over the months that the test has touched. */
async function peak(lane: KillLane, control: string, { organizationId, startMs }: Usage): Promise<number> {
  const peaks = monthsOf({ startMs, endMs: Date.now() }).map(async month => {
    const path = `/api/organizations/${organizationId}/usage?month=${month}`
    const { body } = await ask<{ peakConnections: { peak: number } }>(control, lane.cluster, ['GET', path])
    return body.peakConnections.peak
  })
  return Math.max(...(await Promise.all(peaks)))
}

interface Usage {
  readonly organizationId: string
  readonly startMs: number
}

it(`after ${KILLS.file + KILLS.nodes} kills of any process usage is what clients saw, but for the last second and what was in flight, and a restart changes no invoice`, async () => {
  process.stdout.write(`kills: WEIR_KILLS_SEED=${seed}\n`)
  const startMs = Date.now()
  const counts = [KILLS.file, KILLS.nodes]
  const all = await Promise.all(
    lanes.map(async (lane, at) => {
      const kills = killsOf(lane, counts[at]!, seed + at)
      return { lane, ...(await killAgainAndAgain(lane, kills)) }
    }),
  )
  for (const { lane, organizationId, control, rounds } of all) {
    await readStore(lane.store, async db => {
      for (const round of rounds) expectSeen(round, await recorded(db, round.app.id))
    })
    const mostSockets = Math.max(...rounds.map(({ seen }) => seen.sockets))
    // The node that was killed last is taken for dead after ten seconds; until then its sockets are open.
    await eventually(
      () => peak(lane, control, { organizationId, startMs }),
      open => open === mostSockets,
      60_000,
    )
    const before = await drafts(lane, control, organizationId)
    expect(JSON.stringify(before)).toContain('"kind":"overage"')
    const last = lane.processes.at(-1)!
    await lane.end(last, 'SIGKILL')
    const again = await lane.start(last)
    expect(await drafts(lane, again.control, organizationId)).toEqual(before)
  }
}, 600_000)
