import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Cluster, ask, newCluster, startNode } from '../nodes/node-process.ts'
import { type PrivatePostgres, startPrivatePostgres } from '../private-postgres.ts'
import { type SmallDisk, mountSmallDisk } from '../small-disk.ts'
import { type TestUpstream, chatContract, eventually, signToken, startUpstream } from './harness.ts'
import { type WeirProcess, addressesOf } from './process.ts'

/** What becomes of usage when a Weir ends in order while its disk is full and its store is away. */

const folder = mkdtempSync(join(tmpdir(), 'weir-full-'))
const contract = join(folder, 'contract.yaml')
const probe = mountSmallDisk(join(folder, 'probe'), 64)
probe?.unmount()

describe.skipIf(probe === undefined)('with a full disk and no store', () => {
  let postgres: PrivatePostgres
  let upstream: TestUpstream
  let disk: SmallDisk
  let cluster: Cluster
  let weir: WeirProcess
  let control: string
  beforeAll(async () => {
    postgres = await startPrivatePostgres()
    upstream = await startUpstream()
    writeFileSync(contract, chatContract)
  })
  afterAll(async () => {
    await upstream.close()
    await postgres.stop()
    rmSync(folder, { recursive: true })
  })
  beforeEach(async () => {
    disk = mountSmallDisk(mkdtempSync(join(folder, 'disk-')), 1024)!
    cluster = newCluster(join(disk.folder, 'nodes'), await postgres.createDatabase())
  })
  afterEach(async () => {
    await weir.end('SIGKILL')
    disk.unmount()
  })

  /** Resolves with the gateway's address. */
  async function start(): Promise<string> {
    weir = startNode(cluster, 'a', ['--contract', contract, '--upstream', upstream.url])
    const addresses = await addressesOf(weir)
    control = addresses.control
    return addresses.gateway
  }

  /** The database answers nobody, or everybody again. */
  async function storeIs(state: 'away' | 'back'): Promise<void> {
    const url = new URL(cluster.databaseUrl)
    const name = url.pathname.slice(1)
    url.pathname = '/postgres'
    const client = new Client({ connectionString: url.href })
    await client.connect()
    await client.query(`alter database ${name} allow_connections ${state === 'back'}`)
    if (state === 'away') {
      await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
    }
    await client.end()
  }

  async function metric(name: string): Promise<number> {
    const text = await (await fetch(`${control}/metrics`, { headers: { connection: 'close' } })).text()
    return Number(text.match(new RegExp(`^${name} (\\d+)$`, 'm'))?.[1] ?? 'NaN')
  }

  /** A Weir whose disk is full and whose store is away, and that answered a request since: what it saw is in memory. */
  async function inMemoryAlone(): Promise<{ appId: string }> {
    const gateway = await start()
    const organization = await ask<{ id: string }>(control, cluster, ['POST', '/api/organizations'], {
      name: 'Acme',
      plan: 'start',
    })
    const path = `/api/organizations/${organization.body.id}/apps`
    const app = await ask<{ id: string; apiKey: string; secret: string }>(control, cluster, ['POST', path], {
      name: 'App',
    })
    const authorization = await signToken({ user_id: 'ann' }, app.body.secret)
    const headers = { 'x-api-key': app.body.apiKey, authorization }
    const statusOf = async (route: string) => {
      const response = await fetch(gateway + route, { headers: { ...headers, connection: 'close' } })
      await response.text()
      return response.status
    }
    await eventually(
      () => statusOf('/app'),
      status => status === 200,
      60_000,
    )
    await eventually(
      () => metric('weir_recording_waiting_rows'),
      rows => rows === 0,
      60_000,
    )
    await storeIs('away')
    disk.fill()
    // The last file had room in its last page: from the first error on nothing more reaches the disk.
    await eventually(
      () => metric('weir_spool_errors_total'),
      errors => errors > 0,
      60_000,
    )
    const before = await metric('weir_recording_waiting_rows')
    expect(await statusOf('/search')).toBe(200)
    await eventually(
      () => metric('weir_recording_waiting_rows'),
      rows => rows >= before + 3,
      60_000,
    )
    return { appId: app.body.id }
  }

  /** Starts again where nothing is in the way any more; what the app's usage says then. */
  async function usageAfterwards(appId: string) {
    disk.empty()
    await storeIs('back')
    await start()
    await eventually(
      () => metric('weir_recording_waiting_rows'),
      rows => rows === 0,
      60_000,
    )
    const query = `from=${new Date(Date.now() - 3_600_000).toISOString()}&step=hour&by=endpoint`
    const answer = await ask<{ items: { name: string; requests: number }[]; unmeasured: object[] }>(
      control,
      cluster,
      ['GET', `/api/apps/${appId}/usage?${query}`],
    )
    expect(answer.status).toBe(200)
    const searches = answer.body.items.filter(({ name }) => name === 'Search')
    return {
      searches: searches.reduce((sum, { requests }) => sum + requests, 0),
      unmeasured: answer.body.unmeasured,
    }
  }

  it('what is lost at the end is said, marked as unmeasured and counted by the next start', async () => {
    const { appId } = await inMemoryAlone()
    expect(await weir.end()).toBe(0)
    expect(weir.stdout()).toContain(
      'usage is lost: neither the store nor the disk took it; its time waits on disk',
    )
    expect(weir.stdout()).toMatch(/"rows":[1-9]\d*,"batches":[1-9]/)
    const { searches, unmeasured } = await usageAfterwards(appId)
    expect(searches).toBe(0)
    expect(unmeasured).toHaveLength(1)
    expect(await metric('weir_reports_dropped_total')).toBeGreaterThan(0)
    expect(weir.stdout()).toContain('usage was lost when Weir last ended')
  })

  it('what is only in memory at the end goes to the disk, if that has room again, and nothing is lost', async () => {
    const { appId } = await inMemoryAlone()
    disk.empty()
    expect(await weir.end()).toBe(0)
    expect(weir.stdout()).toContain('usage waits on disk for the next start')
    expect(weir.stdout()).not.toContain('usage is lost')
    const { searches, unmeasured } = await usageAfterwards(appId)
    expect([searches, unmeasured]).toEqual([1, []])
    expect(await metric('weir_reports_dropped_total')).toBe(0)
  })
})
