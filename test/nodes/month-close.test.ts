import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { minorUnits } from '../../src/core/exact/money.ts'
import { type Store, openStore } from '../../src/store/open-store.ts'
import { type WeirProcess, runCommand } from '../e2e/process.ts'
import { type PrivatePostgres, startPrivatePostgres } from '../private-postgres.ts'
import {
  type Customer,
  addCustomers,
  amountsOf,
  closedBooks,
  closingClock,
  expectClosedOnce,
  expectEvidence,
  recordUsage,
  month,
  seedClock,
  smallPlans,
} from './closing-customers.ts'
import {
  type Held,
  closeRun,
  closedCount,
  holdBetween,
  holdWithin,
  passHold,
  untilClosed,
  untilFinished,
} from './closing-watch.ts'
import { type Cluster, ask, controlOf, newCluster, startNode } from './node-process.ts'

const ORGANIZATIONS = 30

let folder: string
let postgres: PrivatePostgres
/** With customers and their usage of a month; never closed, only copied. */
let seeded: Cluster
let customers: Customer[]
let undisturbed: ReturnType<typeof amountsOf>
const started: WeirProcess[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-close-'))
  postgres = await startPrivatePostgres()
  seeded = newCluster(join(folder, 'seed'), await postgres.createDatabase())
  const contract = join(folder, 'contract.yaml')
  writeFileSync(contract, smallPlans)
  const node = startNode(seeded, 'a', [
    '--role',
    'control',
    '--contract',
    contract,
    '--test-clock',
    seedClock,
  ])
  customers = await addCustomers(await controlOf(node), seeded, ORGANIZATIONS)
  expect(await node.end()).toBe(0)
  const store = await openStore({ url: seeded.databaseUrl })
  await recordUsage(store.db, customers)
  await store.close()
  undisturbed = await closeUndisturbed()
}, 240_000)

afterAll(async () => {
  // What a test that failed has left running.
  await Promise.all(started.map(node => node.end('SIGKILL')))
  await postgres.stop()
  rmSync(folder, { recursive: true })
})

async function closeUndisturbed(): Promise<ReturnType<typeof amountsOf>> {
  const nodes = await twoNodes('undisturbed')
  await untilFinished(nodes.store, 180_000)
  const books = await closedBooks(nodes.store.db)
  await nodes.end()
  expectClosedOnce(books, customers)
  return amountsOf(books)
}

interface Nodes {
  readonly url: string
  readonly cluster: Cluster
  readonly store: Store
  /** The address of one of them. */
  control(): Promise<string>
  /** Where the close is held, in the order of the organizations. */
  readonly held: readonly Held[]
  /** Kills the one that does the close with -9, and starts another in its place. */
  killHolder(): Promise<void>
  /** Ends all in order. */
  end(): Promise<void>
}

/**
 * Two control nodes on a copy of the seeded database, just before the month is to be closed. The close will be held
 * within the transactions of some organizations.
 */
async function twoNodes(name: string, ...heldAt: readonly number[]): Promise<Nodes> {
  const databaseUrl = await postgres.createDatabase(seeded.databaseUrl)
  const cluster = { ...seeded, databaseUrl, folder: join(folder, name) }
  const store = await openStore({ url: databaseUrl })
  const held: Held[] = []
  for (const at of heldAt) held.push(await holdWithin(databaseUrl, store, customers[at]!.id))
  const clock = closingClock()
  const own: WeirProcess[] = []
  const start = () => {
    const node = startNode(cluster, `node-${own.length}`, ['--role', 'control', '--test-clock', clock])
    own.push(node)
    started.push(node)
    return node
  }
  const nodes = [start(), start()]
  return {
    url: databaseUrl,
    cluster,
    store,
    held,
    control: () => controlOf(nodes[0]!),
    async killHolder() {
      const holder = (await closeRun(store))?.holder ?? 'nobody'
      const at = nodes.findIndex(node => node.stdout().includes(`"node":"${holder}"`))
      expect(at, `${holder} is one of the two`).toBeGreaterThanOrEqual(0)
      expect(await nodes[at]!.end('SIGKILL')).toBe('SIGKILL')
      nodes[at] = start()
    },
    async end() {
      expect(await Promise.all(nodes.map(node => node.end()))).toEqual([0, 0])
      await store.close()
      for (const node of own) expect(node.stdout()).not.toContain('a job failed')
    },
  }
}

/** Does the same work again, as if its end had never been noted. */
async function closeAgain({ store }: Nodes): Promise<void> {
  const again = { finished_ms: null, held_until_ms: 0 }
  await store.db.updateTable('job_runs').set(again).where('job', '=', 'close-month').execute()
  await untilFinished(store, 120_000)
}

/** Fetches a month's evidence from a node, and checks it with nothing but the file and the published key. */
async function verifyAsCustomer(nodes: Nodes): Promise<void> {
  const { cluster, store } = nodes
  const { credits } = await closedBooks(store.db)
  const { organization: id } = credits.find(({ source }) => source === 'sla')!
  const url = await nodes.control()
  const report = await ask<{ evidence: { head: string; path: string }; credit: { granted: string } }>(
    url,
    cluster,
    ['GET', `/api/organizations/${id}/sla?month=${month}`],
  )
  const { evidence, credit } = report.body
  const headers = { authorization: `Bearer ${cluster.operatorToken}` }
  const file = join(folder, 'evidence.jsonl')
  writeFileSync(file, await (await fetch(url + evidence.path, { headers })).text())
  const { publicKey } = (await (await fetch(`${url}/status/evidence-key`)).json()) as { publicKey: string }
  const { status, stdout } = await runCommand(['verify', file, '--key', publicKey, '--head', evidence.head])
  expect(minorUnits(credit.granted, 2)).toBeGreaterThan(0n)
  expect([status, stdout]).toEqual([0, expect.stringContaining(`Credit: ${credit.granted} USD`)])
}

describe('a month that two control nodes close', () => {
  it('is closed exactly once, with the amounts of an undisturbed run, though whoever closes it is killed again and again', async () => {
    const nodes = await twoNodes('killed', 3, ORGANIZATIONS - 1)
    const { store, url, held } = nodes
    const [fourth, last] = held as [Held, Held]
    const counts: number[] = []
    const kill = async () => {
      await nodes.killHolder()
      counts.push(await closedCount(store))
      await expectEvidence(await closedBooks(store.db))
    }

    // Within the transaction of the fourth: its invoice has its number, and is not committed.
    await fourth.reached()
    await kill()
    await fourth.letGo()
    await passHold(store)

    // Wherever it is when ten are written.
    await untilClosed(store, 10)
    await kill()
    await passHold(store)

    // Before a step has written anything.
    await untilClosed(store, 18)
    const between = await holdBetween(url, store)
    await between.reached()
    await kill()
    await between.letGo()
    await passHold(store)

    // Within the transaction of the last.
    await last.reached()
    await kill()
    expect(counts).toEqual([3, expect.any(Number), expect.any(Number), ORGANIZATIONS - 1])
    expect(counts.toSorted((one, other) => one - other)).toEqual(counts)
    await last.letGo()
    await passHold(store)

    await untilFinished(store, 120_000)
    const books = await closedBooks(store.db)
    expectClosedOnce(books, customers)
    await expectEvidence(books)
    expect(amountsOf(books)).toEqual(undisturbed)
    // Once for each that was killed, and once to the end.
    expect((await closeRun(store))?.tries).toBe(5)

    await closeAgain(nodes)
    expect(await closedBooks(store.db)).toEqual(books)
    await verifyAsCustomer(nodes)
    await nodes.end()
  }, 400_000)

  it('is taken over a minute after its node was killed, by whichever node is there', async () => {
    const nodes = await twoNodes('minute', 10)
    const [eleventh] = nodes.held as [Held]
    await eleventh.reached()
    await nodes.killHolder()
    await eleventh.letGo()
    expect(await closedCount(nodes.store)).toBe(10)
    await untilFinished(nodes.store, 240_000)
    const books = await closedBooks(nodes.store.db)
    expectClosedOnce(books, customers)
    expect(amountsOf(books)).toEqual(undisturbed)
    expect((await closeRun(nodes.store))?.tries).toBe(2)
    await nodes.end()
  }, 400_000)
})
