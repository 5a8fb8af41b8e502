import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ask } from '../nodes/node-process.ts'
import { type SmallDisk, mountSmallDisk } from '../small-disk.ts'
import { type TestUpstream, chatContract, eventually, signToken, startUpstream } from './harness.ts'
import { type WeirProcess, addressesOf, startProcess } from './process.ts'

/** What becomes of the usual Weir, in one process on SQLite, when the disk of its data is full. */

const folder = mkdtempSync(join(tmpdir(), 'weir-full-database-'))
const contract = join(folder, 'contract.yaml')
const unlimited = chatContract
  .replace('  user: 60', '  user: off')
  .replace('    default: 1000\n', '    default: 1000000000\n')
  .replace('burst: { divisor: 30 }', 'burst: off')
const operatorToken = 'a-token-for-the-full-disk'
const probe = mountSmallDisk(join(folder, 'probe'), 64)
probe?.unmount()

interface App {
  readonly id: string
  readonly apiKey: string
  readonly secret: string
}

describe.skipIf(probe === undefined)('with database and spool on a full disk', () => {
  let upstream: TestUpstream
  let disk: SmallDisk
  let weir: WeirProcess
  let gateway: string
  let control: string
  let app: App
  beforeAll(async () => {
    upstream = await startUpstream()
    writeFileSync(contract, unlimited)
  })
  afterAll(async () => {
    await upstream.close()
    rmSync(folder, { recursive: true })
  })
  beforeEach(async () => {
    disk = mountSmallDisk(mkdtempSync(join(folder, 'disk-')), 16 << 10)!
    await start()
    const organization = await addOrganization<{ id: string }>()
    const path = `/api/organizations/${organization.body.id}/apps`
    app = (await ask<App>(control, { operatorToken }, ['POST', path], { name: 'App' })).body
    await eventually(
      () => statusOf('/app'),
      status => status === 200,
      60_000,
    )
  })
  afterEach(async () => {
    await weir.end('SIGKILL')
    disk.unmount()
  })

  async function start(): Promise<void> {
    const files = ['--data', join(disk.folder, 'data'), '--contract', contract]
    const ports = ['--port', '0', '--control-port', '0', '--threads', '1', '--counters', '65536']
    weir = startProcess(['serve', '--upstream', upstream.url, ...files, ...ports], {
      WEIR_OPERATOR_TOKEN: operatorToken,
    })
    const addresses = await addressesOf(weir)
    gateway = addresses.gateway
    control = addresses.control
  }

  async function addOrganization<T = { code?: string }>() {
    return ask<T>(control, { operatorToken }, ['POST', '/api/organizations'], { name: 'Acme', plan: 'start' })
  }

  async function statusOf(route: string, user = 'ann'): Promise<number> {
    const headers = {
      'x-api-key': app.apiKey,
      authorization: await signToken({ user_id: user }, app.secret),
    }
    const response = await fetch(gateway + route, { headers: { ...headers, connection: 'close' } })
    await response.text()
    return response.status
  }

  async function metric(name: string): Promise<number> {
    const text = await (await fetch(`${control}/metrics`)).text()
    return Number(text.match(new RegExp(`^${name} (\\d+)$`, 'm'))?.[1] ?? 'NaN')
  }

  /**
   * Until neither takes anything: the database first writes over what its log (WAL) no longer needs. What the first
   * change that was not made was answered.
   */
  async function fillUp(): Promise<{ refused: unknown[] }> {
    disk.fill()
    const { status, body } = await eventually(addOrganization, answer => answer.status !== 201, 60_000)
    let users = 0
    // The spool's last file has room in its last page: new users fill that soonest.
    const errors = async () => {
      await Promise.all(Array.from({ length: 20 }, async () => statusOf('/app', `user-${++users}`)))
      return metric('weir_spool_errors_total')
    }
    await eventually(errors, count => count > 0, 60_000)
    return { refused: [status, body.code] }
  }

  async function usage() {
    const query = `from=${new Date(Date.now() - 3_600_000).toISOString()}&step=hour&by=endpoint`
    const answer = await ask<{ items: { name: string; requests: number }[]; unmeasured: object[] }>(
      control,
      { operatorToken },
      ['GET', `/api/apps/${app.id}/usage?${query}`],
    )
    expect(answer.status).toBe(200)
    const searches = answer.body.items.filter(({ name }) => name === 'Search')
    const sum = searches.reduce((all, { requests }) => all + requests, 0)
    return { searches: sum, unmeasured: answer.body.unmeasured }
  }

  async function allInStore(): Promise<void> {
    await eventually(
      () => metric('weir_recording_waiting_rows'),
      rows => rows === 0,
      60_000,
    )
  }

  it('a change is refused as store-unreachable, traffic and reading go on, and with room again all usage is there', async () => {
    const { refused } = await fillUp()
    expect(refused).toEqual([503, 'store-unreachable'])
    expect(weir.stdout()).toMatch(/"message":"database or disk is full".*"msg":"a request failed"/)
    expect(weir.stdout()).not.toContain('cannot rollback')
    for (let i = 0; i < 10; i++) expect(await statusOf('/search')).toBe(200)
    expect((await usage()).unmeasured).toEqual([])
    await weir.shows(
      /"message":"database or disk is full".*"msg":"the store did not take a batch: trying again"/,
    )

    disk.empty()
    // Nothing waits, too, before the thread has told what it saw.
    await eventually(usage, ({ searches }) => searches === 10, 60_000)
    await allInStore()
    expect(await usage()).toEqual({ searches: 10, unmeasured: [] })
    expect((await addOrganization()).status).toBe(201)
    expect(await metric('weir_reports_dropped_total')).toBe(0)
  }, 120_000)

  it('what it ends with in memory is said, and the next start marks its time as unmeasured', async () => {
    await fillUp()
    expect(await statusOf('/search')).toBe(200)
    expect(await weir.end()).toBe(0)
    expect(weir.stdout()).toContain(
      'usage is lost: neither the store nor the disk took it; its time waits on disk',
    )
    disk.empty()
    await start()
    await allInStore()
    const { searches, unmeasured } = await usage()
    expect(searches).toBe(0)
    expect(unmeasured).toHaveLength(1)
    expect(await metric('weir_reports_dropped_total')).toBeGreaterThan(0)
  }, 120_000)
})
