import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Manifest } from '../../src/store/backups/manifest.ts'
import { type StorePlace, openDatabase } from '../../src/store/open-store.ts'
import {
  type TestApp,
  type TestUpstream,
  type TestWeir,
  startTestWeir,
  startUpstream,
} from '../e2e/harness.ts'
import { runCommand } from '../e2e/process.ts'
import type { Customer } from '../nodes/closing-customers.ts'
import { allRows } from './all-rows.ts'
import { closeOctober, closingClock, octoberFigures, seedOctober } from './closed-books.ts'

/** A place for a store: flags that name it, and the same for a Weir of the test's own. */
export interface Place {
  readonly flags: readonly string[]
  readonly settings: { readonly data: string; readonly databaseUrl: string | undefined }
  readonly store: StorePlace
}

/** What backups must hold to on every database. `newPlace`: an empty one, with its keys in `data`. */
export function runBackupSuite(name: string, newPlace: (data: string) => Promise<Place>): void {
  describe(`${name}: a backup`, () => {
    let folder: string
    let upstream: TestUpstream
    let place: Place
    let weir: TestWeir
    let app: TestApp
    let customers: Customer[]
    let clock: ReturnType<typeof closingClock>
    let made = 0

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'weir-backup-'))
      upstream = await startUpstream()
      place = await newPlace(join(folder, 'source'))
      customers = await seedOctober({ upstream: upstream.url, ...place })
      clock = closingClock()
      weir = await start(place)
      await closeOctober(weir, place.store)
      app = await weir.newApp()
      await weir.control('POST', '/api/members', { name: 'Ada', email: 'ada@example.com', role: 'finance' })
      for (let i = 0; i < 20; i++) await app.call('/app', { claims: { user_id: `user-${i}` } })
    })
    afterAll(async () => {
      await weir.stop()
      await upstream.close()
      rmSync(folder, { recursive: true })
    })

    const start = async (at: Place) =>
      startTestWeir({
        upstream: upstream.url,
        settings: { ...at.settings, contract: undefined, testClock: clock },
      })
    const empty = async () => newPlace(join(folder, `restored-${made++}`))

    async function backup(...args: string[]): Promise<string> {
      const run = await runCommand(['backup', ...place.flags, '--to', join(folder, `b${made++}`), ...args])
      expect(run).toMatchObject({ status: 0, stderr: '' })
      return run.stdout.split('\n')[0]!
    }
    const restore = (from: string, to: Place, ...args: string[]) =>
      runCommand(['restore', '--from', from, ...to.flags, ...args])
    const manifestOf = (from: string) =>
      JSON.parse(readFileSync(join(from, 'manifest.json'), 'utf8')) as Manifest

    test('made while requests and changes come in is one instant of the store, and whole', async () => {
      const load = { going: true }
      const changing = Array.from({ length: 4 }, async () => {
        while (load.going) await weir.control('POST', '/api/organizations', { name: 'Busy', plan: 'start' })
      })
      const calling = Array.from({ length: 4 }, async (_, caller) => {
        for (let i = 0; load.going; i++)
          await (await app.call('/app', { claims: { user_id: `c${caller}-${i}` } })).text()
      })
      const from = await backup()
      load.going = false
      await Promise.all([...changing, ...calling])
      const to = await empty()
      expect(await restore(from, to)).toMatchObject({ status: 0 })
      const rows = await allRows(to.store)
      const counts = Object.fromEntries(Object.entries(rows).map(([table, all]) => [table, all.length]))
      expect(counts).toEqual(manifestOf(from).rows)
      // One transaction writes all three: a copy of two instants would have one without the others.
      const created = rows['audit']!.filter(row => row.includes('organization.created')).length
      expect([counts['subscriptions'], created]).toEqual([counts['organizations'], counts['organizations']])
      const now = await allRows(place.store)
      expect(counts['organizations']).toBeLessThan(now['organizations']!.length)
    })

    test('restored into an empty place is the same row for row, and answers the same', async () => {
      const keys = join(folder, 'keys.json')
      const paths = [
        '/api/organizations?limit=100',
        `/api/organizations/${app.organizationId}`,
        `/api/organizations/${app.organizationId}/apps`,
        `/api/apps/${app.id}`,
        '/api/members',
        '/api/audit?limit=100',
        '/api/contract',
        '/api/contract/versions',
      ]
      const answers = (each: TestWeir) => Promise.all(paths.map(path => each.control('GET', path)))
      const before = await answers(weir)
      const figures = await octoberFigures(weir, customers)
      // Of each customer an invoice in three forms, and of one a credit note.
      expect([...figures.keys()].filter(question => question.includes('/api/invoices/'))).toHaveLength(15)
      const keyOf = async (each: TestWeir) =>
        (await fetch(`${each.weir.controlUrl}/status/evidence-key`)).json()
      const signedBy = await keyOf(weir)
      await weir.weir.stop()
      const rows = await allRows(place.store)
      const from = await backup('--with-keys', keys)
      if (process.platform !== 'win32') expect(statSync(keys).mode & 0o777).toBe(0o600)
      const to = await empty()
      const restored = await restore(from, to, '--keys', keys)
      expect(restored).toMatchObject({ status: 0, stderr: '' })
      expect(await allRows(to.store)).toEqual(rows)
      for (const table of ['invoices', 'credits', 'credit_uses', 'closed_months', 'sla_months', 'evidence'])
        expect([table, rows[table]!.length > 0]).toEqual([table, true])
      await expectFinal(to)

      weir = await start(to)
      place = to
      expect(await answers(weir)).toEqual(before)
      expect(await octoberFigures(weir, customers)).toEqual(figures)
      expect(await keyOf(weir)).toEqual(signedBy)
      // The app's secret opens, so its users' tokens hold.
      const call = await fetch(`${weir.weir.gatewayUrl}/app`, {
        headers: { 'x-api-key': app.apiKey, authorization: await app.token({ user_id: 'ann' }) },
      })
      expect(call.status).toBe(200)
    })

    test('holds no key, says which are missing, and Weir does not start without them', async () => {
      const from = await backup()
      for (const keyFile of ['secret-key', 'evidence-key']) {
        const key = readFileSync(join(place.settings.data, keyFile), 'utf8').trim()
        for (const file of readdirSync(from)) expect(readFileSync(join(from, file)).includes(key)).toBe(false)
      }
      const to = await empty()
      const { stdout } = await restore(from, to)
      expect(stdout).toMatch(/The sealing key is missing.*no token of a user can be checked/)
      expect(stdout).toContain('The operator token is missing')
      expect(stdout).toContain('The evidence key is missing')
      const settings = { ...to.settings, contract: undefined }
      await expect(startTestWeir({ upstream: upstream.url, settings })).rejects.toThrow(/secret-key is gone/)
      const env = { WEIR_SECRET_KEY: Buffer.alloc(32, 7).toString('base64') }
      await expect(startTestWeir({ upstream: upstream.url, settings, env })).rejects.toThrow('does not open')
    })

    test('that is damaged, of a newer Weir or no backup at all is refused, and the place stays empty', async () => {
      const from = await backup()
      const to = await empty()
      const refused = async (reason: string) => {
        const run = await restore(from, to)
        expect(run).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining(reason) })
        expect(await rowsOrNothing(to)).toEqual({})
      }
      const manifest = manifestOf(from)
      const write = (changed: object) => writeFileSync(join(from, 'manifest.json'), JSON.stringify(changed))
      write({ ...manifest, schema: [...manifest.schema, '9999-later'] })
      await refused('made by a newer Weir')
      write({ ...manifest, rows: { ...manifest.rows, apps: 99 } })
      if (manifest.database === 'sqlite') await refused('and the manifest says 99')
      write(manifest)
      const file = join(from, manifest.file)
      const bytes = readFileSync(file)
      bytes[bytes.length - 10]! ^= 1
      writeFileSync(file, bytes)
      await refused('is damaged')
      writeFileSync(file, bytes.subarray(0, 1000))
      await refused('is damaged')
      rmSync(join(from, 'manifest.json'))
      await refused('is no backup')
    })

    test('is restored into no place that holds anything', async () => {
      const from = await backup()
      const rows = await rowsAtRest(place.store)
      const run = await restore(from, place)
      expect(run).toMatchObject({ status: 1, stderr: expect.stringContaining('is not empty: it holds') })
      expect(await rowsAtRest(place.store)).toEqual(rows)
    })

    test('whose keys would lie beside it, or over another file, is not made', async () => {
      const to = join(folder, 'no-keys')
      const inside = await runCommand(['backup', ...place.flags, '--to', to, '--with-keys', join(to, 'keys')])
      expect(inside).toMatchObject({
        status: 1,
        stderr: expect.stringContaining('would lie among the backups'),
      })
      const taken = join(place.settings.data, 'secret-key')
      const over = await runCommand(['backup', ...place.flags, '--to', to, '--with-keys', taken])
      expect(over).toMatchObject({ status: 1, stderr: expect.stringContaining('is there already') })
    })

    /** The database itself refuses to change a final invoice, also one that came from a backup. */
    async function expectFinal({ store }: Place) {
      const db = openDatabase(store)
      const changed = sql`update invoices set document = '{}' where status = 'final'`.execute(db)
      await expect(changed).rejects.toThrow('a final invoice never changes')
      await expect(sql`delete from invoices`.execute(db)).rejects.toThrow('an invoice is never deleted')
      await db.destroy()
    }

    /** Without what the Weir that runs there goes on writing: its beats, and how far its batches are. */
    async function rowsAtRest(where: Place['store']) {
      const { node_beats: _, nodes: __, recorder_progress: ___, ...rows } = await allRows(where)
      return rows
    }

    async function rowsOrNothing(where: Place) {
      if ('file' in where.store && !statSync(where.store.file, { throwIfNoEntry: false })) return {}
      return allRows(where.store)
    }
  })
}
