import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openStore } from '../../src/store/open-store.ts'
import { eventually } from '../e2e/harness.ts'
import type { WeirProcess } from '../e2e/process.ts'
import {
  type Customer,
  addCustomers,
  amountsOf,
  closedBooks,
  closingClock,
  expectClosedOnce,
  expectEvidence,
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
const started: WeirProcess[] = []

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
}, 240_000)

afterAll(async () => {
  // What a test that failed has left running.
  await Promise.all(started.map(weir => weir.end('SIGKILL')))
  rmSync(folder, { recursive: true })
})

const fileOf = (name: string) => join(folder, name, 'weir.db')

function start(name: string, clock: string, ...more: string[]): WeirProcess {
  // Nobody calls the gateway here.
  const upstream = ['--upstream', 'http://127.0.0.1:9']
  const weir = startNode(cluster, name, [...upstream, '--test-clock', clock, ...more])
  started.push(weir)
  return weir
}

/**
 * From now on Weir gets no further than within the transaction that closes one more than so many: a trigger of SQLite's
 * counts what nobody can count to the end of. undefined: it goes on.
 */
function stickAt(name: string, count: number | undefined): void {
  const db = new DatabaseSync(fileOf(name), { timeout: 5000 })
  db.exec('drop trigger if exists stick')
  if (count !== undefined) {
    db.exec(`create trigger stick before insert on closed_months
      when (select count(*) from closed_months) = ${count}
      begin select count(*) from active_users a, active_users b, active_users c, active_users d; end`)
  }
  db.close()
}

/** Kills Weir within the transaction at which it sticks: others have invoices, this one's is written but not committed. */
async function killWhereItSticks(name: string, weir: WeirProcess, count: number): Promise<void> {
  const db = new DatabaseSync(fileOf(name), { timeout: 0 })
  const closed = db.prepare('select count(*) as count from closed_months')
  await eventually(
    async () => closed.get()?.['count'] === count && isBusy(db),
    stuck => stuck,
    180_000,
  )
  expect(await weir.end('SIGKILL')).toBe('SIGKILL')
  expect(closed.get()?.['count']).toBe(count)
  expect(db.prepare('select count(*) as count from evidence').get()?.['count']).toBe(count)
  db.close()
}

/** Is somebody in a transaction that writes? */
function isBusy(db: DatabaseSync): boolean {
  try {
    db.exec('begin immediate')
    db.exec('rollback')
    return false
  } catch (error) {
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error
    return true
  }
}

const SQLITE_BUSY = 5

/** The books once the month is closed, and how often somebody began to close it. */
async function whenClosed(name: string, weir: WeirProcess) {
  const store = await openStore({ file: fileOf(name) })
  await untilFinished(store, 180_000)
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
  const places = [4, 12, 21]
  for (const count of places) {
    stickAt('killed', count)
    await killWhereItSticks('killed', start('killed', clock), count)
  }
  stickAt('killed', undefined)
  const { books, tries } = await whenClosed('killed', start('killed', clock))
  expectClosedOnce(books, customers)
  await expectEvidence(books)
  expect(amountsOf(books)).toEqual(amountsOf(undisturbed.books))
  // The next start knows that whoever held the work is dead: it does not wait for the minute.
  expect(tries).toBe(places.length + 1)

  // As if the end had never been noted: the same work is done again.
  const db = new DatabaseSync(fileOf('killed'))
  db.exec("update job_runs set finished_ms = null where job = 'close-month'")
  db.close()
  const again = await whenClosed('killed', start('killed', clock))
  expect(again.tries).toBe(places.length + 2)
  expect(again.books).toEqual(books)
}, 400_000)
