import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openStore } from '../../src/store/open-store.ts'
import { type WeirProcess, addressesOf, startProcess } from '../e2e/process.ts'
import { type PrivatePostgres, startPrivatePostgres } from '../private-postgres.ts'
import { addSampleStatus, withGroups } from './sample-status.ts'

const data = mkdtempSync(join(tmpdir(), 'weir-away-'))
const contract = join(data, 'contract.yaml')
const chat = readFileSync(new URL('../../contracts/chat.yaml', import.meta.url), 'utf8')
const processes: WeirProcess[] = []
let postgres: PrivatePostgres
let url: string
beforeAll(async () => {
  postgres = await startPrivatePostgres()
  url = await postgres.createDatabase()
  const store = await openStore({ url })
  await addSampleStatus(store.db, Date.now())
  await store.close()
  writeFileSync(contract, withGroups(chat))
}, 120_000)
afterAll(async () => {
  for (const { child } of processes) child.kill('SIGKILL')
  await postgres.stop()
  rmSync(data, { recursive: true, force: true })
}, 60_000)

function serve(dataDir = data): WeirProcess {
  const ports = ['--port', '0', '--control-port', '0', '--threads', '1']
  const store = ['--data', dataDir, '--database-url', url]
  const args = ['serve', '--contract', contract, '--upstream', 'http://127.0.0.1:9']
  const started = startProcess([...args, ...ports, ...store])
  processes.push(started)
  return started
}

const file = join(data, 'last-status')
const standsIn = async (weir: WeirProcess) =>
  (await weir.shows(/"control":"([^"]+)","asOf":"[^"]+","msg":"only the status page/))[1]!

it('a Weir that starts while its database is away shows the status page as it was, and serves once it is back', async () => {
  const first = serve()
  await addressesOf(first)
  await first.shows(/what the status page shows without the database is written/)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(await first.end()).toBe(0)
  await postgres.halt()

  const second = serve()
  const control = await standsIn(second)
  const page = await fetch(`${control}/status`)
  expect(page.status).toBe(200)
  const body = await page.text()
  expect(body).toContain('Our data store cannot be reached')
  expect(body).toContain('Searches are slow and some fail')
  expect(body).not.toContain('<form')
  expect(await (await fetch(`${control}/status.json`)).json()).toMatchObject({ stale: true })
  for (const path of [
    '/status/history',
    '/status/incidents/inc_open',
    '/status/evidence',
    '/status/evidence-key',
  ])
    expect((await fetch(control + path)).status, path).toBe(200)
  expect((await fetch(`${control}/readyz`)).status).toBe(503)
  expect(await (await fetch(`${control}/metrics`)).text()).toContain('weir_store_reachable 0')
  expect((await fetch(`${control}/api/organizations`)).status).toBe(404)

  await postgres.start()
  const { control: now } = await addressesOf(second)
  expect(await (await fetch(`${now}/status.json`)).json()).toMatchObject({ stale: false })
  expect(await second.end()).toBe(0)
}, 240_000)

it('it ends when it is asked to while it waits; and refuses to start where nothing, or nothing of its own, was kept', async () => {
  await postgres.halt()
  const waiting = serve()
  await standsIn(waiting)
  expect(await waiting.end()).toBe(0)

  const nothingKept = serve(mkdtempSync(join(data, 'new-')))
  expect(await nothingKept.ended).toBe(1)
  expect(nothingKept.stderr()).toContain('could not be opened')

  writeFileSync(file, 'half a file')
  const damaged = serve()
  expect(await damaged.ended).toBe(1)
  expect(damaged.stdout() + damaged.stderr()).toContain('last-status is damaged')
  expect(damaged.stderr()).toContain('could not be opened')
}, 240_000)
