import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { shownTime } from '../../src/core/time/test-clock.ts'
import { appIdsOf } from '../../src/store/apps.ts'
import { connectionIntervals } from '../../src/store/connection-intervals.ts'
import { type Store, openStore } from '../../src/store/open-store.ts'
import { chatContract, eventually, signToken } from '../e2e/harness.ts'
import { type WeirProcess, addressesOf } from '../e2e/process.ts'
import { type SocketUpstream, startSocketUpstream } from '../e2e/sockets.ts'
import { type PrivatePostgres, startPrivatePostgres } from '../private-postgres.ts'
import { type Cluster, ask, newCluster, startNode } from './node-process.ts'

/** An hour a second: what ten seconds of silence are by this clock, they are not for a node. */
const SPEED = 3600
const START = '2026-04-01T00:00:00Z'
const SILENT_MS = 10_000

let folder: string
let postgres: PrivatePostgres
let upstream: SocketUpstream
let store: Store
let cluster: Cluster
let nodes: WeirProcess[]
let organizationId: string
const clients: WebSocket[] = []
const since = new Date()
const nowMs = () =>
  shownTime({ startMs: Date.parse(START), originMs: since.getTime(), speed: SPEED }, Date.now())

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-fast-'))
  const contract = join(folder, 'contract.yaml')
  writeFileSync(contract, chatContract)
  postgres = await startPrivatePostgres()
  upstream = await startSocketUpstream()
  cluster = newCluster(join(folder, 'nodes'), await postgres.createDatabase())
  const clock = ['--test-clock', `${START},${SPEED},${since.toISOString()}`]
  const args = ['--contract', contract, '--upstream', upstream.url, ...clock]
  nodes = ['a', 'b'].map(name => startNode(cluster, name, args))
  const addresses = await Promise.all(nodes.map(addressesOf))
  store = await openStore({ url: cluster.databaseUrl })

  const { control } = addresses[0]!
  const holder = { name: 'Acme', plan: 'start' }
  const organization = await ask<{ id: string }>(control, cluster, ['POST', '/api/organizations'], holder)
  organizationId = organization.body.id
  const app = await ask<{ apiKey: string; secret: string }>(
    control,
    cluster,
    ['POST', `/api/organizations/${organizationId}/apps`],
    { name: 'App' },
  )
  for (const [at, { gateway }] of addresses.entries()) {
    const token = await signToken({ user_id: `user-${at}` }, app.body.secret)
    const url = `${gateway.replace('http', 'ws')}/connect?api_key=${app.body.apiKey}&authorization=${token}`
    clients.push(await connect(url))
  }
})

afterAll(async () => {
  for (const client of clients) client.terminate()
  await Promise.all(nodes.map(node => node.end()))
  await store.close()
  await upstream.close()
  await postgres.stop()
  rmSync(folder, { recursive: true })
})

/** Once the gateway knows the app. */
async function connect(url: string): Promise<WebSocket> {
  const open = () =>
    new Promise<WebSocket | undefined>(resolve => {
      const socket = new WebSocket(url)
      socket.once('open', () => resolve(socket))
      socket.once('error', () => resolve(undefined))
    })
  return (await eventually(open, socket => socket !== undefined, 60_000))!
}

/** The connections as usage sees them now: of each node whether it is open still. */
async function openOf(): Promise<boolean[]> {
  const span = { fromMs: Date.parse(START), toMs: nowMs(), nowMs: nowMs() }
  const apps = await appIdsOf(store.db, organizationId)
  const all = (await Array.fromAsync(connectionIntervals(store.db, apps, span))).flat()
  return all.map(({ closeMs }) => closeMs === undefined)
}

describe('two nodes on a clock that runs an hour a second', () => {
  it('are not taken for dead while they live, and what they write has the clock’s time', async () => {
    await eventually(openOf, all => all.length === 2, 60_000)
    const untilMs = performance.now() + SILENT_MS + 4000
    while (performance.now() < untilMs) {
      expect(await openOf()).toEqual([true, true])
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    const rows = await store.db.selectFrom('nodes').selectAll().execute()
    expect(rows).toHaveLength(2)
    // A batch is on its way for some seconds at most, and each is an hour here.
    for (const { last_seen_ms: seenMs } of rows) {
      expect(nowMs() - seenMs).toBeLessThan(SILENT_MS * SPEED)
      expect(nowMs() - seenMs).toBeGreaterThanOrEqual(0)
    }
  })

  it('the one that is killed is dead ten seconds later, and only that one', async () => {
    await nodes[1]!.end('SIGKILL')
    await eventually(openOf, all => all.includes(false), SILENT_MS + 60_000)
    const open = await openOf()
    expect(open.filter(each => each)).toHaveLength(1)
    const { body } = await ask<{ peakConnections: { peak: number } }>(
      (await addressesOf(nodes[0]!)).control,
      cluster,
      ['GET', `/api/organizations/${organizationId}/usage?month=2026-04`],
    )
    expect(body.peakConnections.peak).toBe(2)
  })
})
