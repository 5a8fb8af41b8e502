import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Control, noonMs, startControl } from '../../src/control-plane/api/test-control.ts'
import { startBoard } from '../../src/control-plane/status/status-board.ts'
import { readStatus } from '../../src/control-plane/status/read-status.ts'
import { type PrivatePostgres, startPrivatePostgres } from '../private-postgres.ts'
import { addSampleStatus } from './sample-status.ts'

let postgres: PrivatePostgres
let control: Control
/** How fresh something is: only this clock goes on. */
const real = { nowMs: 0 }
beforeAll(async () => {
  postgres = await startPrivatePostgres()
  const place = { url: await postgres.createDatabase() }
  const parts: { control?: Control } = {}
  const status = startBoard({
    read(moment) {
      const { store, usage, contracts, agreements } = parts.control!.deps
      const contract = () => contracts.inForce().contract
      return readStatus({ db: store.db, usage, contract, agreements }, moment)
    },
    clock: () => parts.control!.time.nowMs,
    realClock: () => real.nowMs,
    log: { warn: () => undefined },
    patienceMs: 25_000,
  })
  control = parts.control = await startControl({ status }, place)
  await addSampleStatus(control.deps.store.db, noonMs)
})
afterAll(async () => control.close())

const get = (path: string) => control.as(undefined)<string>('GET', path)

it('the status page loads with the store gone: as it was, marked with its time', async () => {
  const before = await get('/status')
  expect(before.body).toContain('Searches are slow and some fail')
  expect(before.body).not.toContain('cannot be reached')

  await postgres.stop()
  control.time.nowMs += 3_600_000
  real.nowMs += 3_600_000
  const page = await get('/status')
  expect(page.status).toBe(200)
  expect(page.body).toContain('As of 10 Nov 2026, 12:00:00 UTC.</strong> Our data store cannot be reached')
  expect(page.body).toContain('Searches are slow and some fail')
  expect(page.headers.get('etag')).not.toBe(before.headers.get('etag'))

  const json = await control.as(undefined)('GET', '/status.json')
  expect(json).toMatchObject({ status: 200, body: { stale: true, asOf: '2026-11-10T12:00:00.000Z' } })
  expect((await get('/status/feed.atom')).body).toContain('<subtitle>As of 10 Nov 2026')
  expect((await get('/status/badge.svg')).body).toContain('newer news cannot be read')
  for (const path of ['/status/history', '/status/incidents/inc_open'])
    expect((await get(path)).body).toContain('Our data store cannot be reached')
})
