import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { migrateTo, readSchemaState } from '../../src/store/migrate.ts'
import { lockDataDirectory } from '../../src/store/data-lock.ts'
import { openDatabase, openStore } from '../../src/store/open-store.ts'
import { runCommand, startProcess } from '../e2e/process.ts'
import { type PrivatePostgres, startPrivatePostgres } from '../private-postgres.ts'

const PROCESSES = 10

let postgres: PrivatePostgres
const folder = mkdtempSync(join(tmpdir(), 'weir-migrations-'))
beforeAll(async () => {
  postgres = await startPrivatePostgres()
})
afterAll(async () => {
  await postgres.stop()
  rmSync(folder, { recursive: true })
})

/** Ten processes that bring the schema up to date at once: what is applied afterwards. */
async function tenAtOnce(url: string) {
  const all = Array.from({ length: PROCESSES }, () => startProcess(['migrate'], { WEIR_DATABASE_URL: url }))
  expect(await Promise.all(all.map(each => each.ended))).toEqual(all.map(() => 0))
  const db = openDatabase({ url })
  const { applied, pending } = await readSchemaState(db, 'here')
  await db.destroy()
  expect(new Set(applied).size).toBe(applied.length)
  expect(pending).toEqual([])
}

it('ten processes that start at once on an empty database make its schema once', async () => {
  await tenAtOnce(await postgres.createDatabase())
})

it('ten processes that start at once on an older schema bring it up to date once', async () => {
  const url = await postgres.createDatabase()
  const db = openDatabase({ url })
  await migrateTo(db, '0003-jobs')
  await db.destroy()
  await tenAtOnce(url)
})

it('weir migrate shows what is to be done, does it, and goes back one version', async () => {
  const url = await postgres.createDatabase()
  const migrate = (...args: string[]) => runCommand(['migrate', '--database-url', url, ...args])
  const dry = await migrate('--dry-run', '--to', '0003-jobs')
  expect(dry.stdout).toContain('missing  0003-jobs\n')
  expect(dry.stdout.slice(dry.stdout.indexOf('to do'))).toBe(
    'to do    apply 0001-foundation\nto do    apply 0002-recording\nto do    apply 0003-jobs\nNothing was done: --dry-run.\n',
  )
  expect((await migrate('--to', '0003-jobs')).stdout).toContain('missing  0001-foundation\n')
  expect((await migrate('--back')).stdout).toContain(
    'to do    take back 0003-jobs\nDone.\nStart the older Weir',
  )
  expect((await migrate('--back')).stdout).toContain('to do    take back 0002-recording\n')
  const refused = await migrate('--back')
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('"0001-foundation" cannot be') })
})

it('weir migrate leaves a store in a file alone while Weir has it open', async () => {
  const data = join(folder, 'data')
  const store = await openStore({ file: join(data, 'weir.db') })
  const lock = lockDataDirectory(data)
  const refused = await runCommand(['migrate', '--data', data, '--back'])
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('another Weir (process') })
  lock.release()
  await store.close()
  expect((await runCommand(['migrate', '--data', data])).stdout).toMatch(/Nothing to do\.\n$/)
})
