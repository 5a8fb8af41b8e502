import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openStore } from '../../src/store/open-store.ts'
import type { WeirProcess } from '../e2e/process.ts'
import {
  type Customer,
  addCustomers,
  amountsOf,
  closedBooks,
  closingClock,
  expectClosedOnce,
  recordUsage,
  seedClock,
  smallPlans,
} from './closing-customers.ts'
import { closeRun, untilFinished } from './closing-watch.ts'
import { type Cluster, controlOf, newCluster, startNode } from './node-process.ts'

const ORGANIZATIONS = 30

let folder: string
let cluster: Cluster
let customers: Customer[]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-close-file-'))
  cluster = newCluster(folder, '')
  const contract = join(folder, 'contract.yaml')
  writeFileSync(contract, smallPlans)
  const weir = start('seed', seedClock, '--contract', contract)
  customers = await addCustomers(await controlOf(weir), cluster, ORGANIZATIONS)
  expect(await weir.end()).toBe(0)
  const store = await openStore({ file: fileOf('seed') })
  await recordUsage(store.db, customers)
  await store.close()
}, 120_000)

afterAll(() => rmSync(folder, { recursive: true }))

const fileOf = (name: string) => join(folder, name, 'weir.db')

function start(name: string, clock: string, ...more: string[]): WeirProcess {
  // Nobody calls the gateway here.
  const upstream = ['--upstream', 'http://127.0.0.1:9']
  return startNode(cluster, name, [...upstream, '--test-clock', clock, ...more])
}

/**
 * Kills Weir once so many are closed. Nobody else writes while the test holds SQLite's only lock, so the count is what
 * the killed process leaves.
 */
async function killAt(name: string, weir: WeirProcess, count: number): Promise<number> {
  const db = new DatabaseSync(fileOf(name), { timeout: 5000 })
  const closed = db.prepare('select count(*) as count from closed_months')
  for (;;) {
    db.exec('begin immediate')
    const now = Number(closed.get()?.['count'])
    if (now >= count) {
      expect(await weir.end('SIGKILL')).toBe('SIGKILL')
      db.exec('rollback')
      db.close()
      return now
    }
    db.exec('rollback')
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}

/** The books once the month is closed, and how often somebody began to close it. */
async function whenClosed(name: string, weir: WeirProcess) {
  const store = await openStore({ file: fileOf(name) })
  await untilFinished(store, 60_000)
  expect(await weir.end()).toBe(0)
  expect(weir.stdout()).not.toContain('a job failed')
  const tries = (await closeRun(store))?.tries
  const books = await closedBooks(store.db)
  await store.close()
  return { books, tries }
}

it('a month in a file is closed exactly once, with the same amounts, though its Weir is killed in the middle', async () => {
  for (const name of ['undisturbed', 'killed']) {
    cpSync(join(folder, 'seed'), join(folder, name), { recursive: true })
  }
  const undisturbed = await whenClosed('undisturbed', start('undisturbed', closingClock()))
  expectClosedOnce(undisturbed.books, customers)

  const clock = closingClock()
  const counts: number[] = []
  for (const count of [4, 12, 21]) counts.push(await killAt('killed', start('killed', clock), count))
  expect(counts.every((count, at) => count < ORGANIZATIONS && count > (counts[at - 1] ?? 0))).toBe(true)
  const { books, tries } = await whenClosed('killed', start('killed', clock))
  expectClosedOnce(books, customers)
  expect(amountsOf(books)).toEqual(amountsOf(undisturbed.books))
  // The next start knows that whoever held the work is dead: it does not wait for the minute.
  expect(tries).toBe(counts.length + 1)

  // As if the end had never been noted: the same work is done again.
  const db = new DatabaseSync(fileOf('killed'))
  db.exec("update job_runs set finished_ms = null where job = 'close-month'")
  db.close()
  const again = await whenClosed('killed', start('killed', clock))
  expect(again.tries).toBe(counts.length + 2)
  expect(again.books).toEqual(books)
}, 180_000)
