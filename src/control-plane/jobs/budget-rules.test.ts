import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openAlerts } from '../../store/alerts.ts'
import { addExclusion } from '../../store/exclusions.ts'
import { addMaintenance } from '../../store/maintenance.ts'
import { type Store, openStore } from '../../store/open-store.ts'
import { type Mails, createMails } from '../channels/mail.ts'
import { type BudgetWatch, HOUR, MINUTE, startMs, watchBudgets } from './test-budget-watch.ts'

const directory = mkdtempSync(join(tmpdir(), 'weir-budget-rules-'))
afterAll(() => rmSync(directory, { recursive: true }))

let made = 0
const silentLog = { warn: () => undefined }

describe('when budgets and recording are told of', () => {
  let store: Store
  let watch: BudgetWatch
  let mails: Mails
  let fails: boolean
  beforeEach(async () => {
    store = await openStore({ file: join(directory, `${made++}.db`) })
    fails = false
    const queue = createMails({ smtpUrl: 'smtp://127.0.0.1:1', from: 'weir@example.com', log: silentLog })
    mails = {
      ...queue,
      async queue(...args) {
        if (fails) throw new Error('no room for mail')
        return queue.queue(...args)
      },
    }
    watch = await watchBudgets([store], mails)
    await watch.record(startMs - HOUR, startMs)
    await watch.steady()
    await watch.pass(startMs + 2 * MINUTE)
  })
  afterEach(async () => {
    await watch.stop()
    await store.close()
    mails.close()
    expect(watch.errors).toEqual([])
  })

  const minute = (count: number) => startMs + count * MINUTE

  test('one slice is a blip and tells nobody', async () => {
    await watch.record(minute(2), minute(2) + 10_000, { down: ['acme', 'best', 'half'] })
    watch.clock.nowMs = minute(3)
    await watch.pass(minute(9))
    expect(await watch.told()).toEqual([])
  })

  test('it is over after a quarter of an hour up, and what burns after that is told again', async () => {
    await watch.pass(minute(3), { down: ['half'] })
    await watch.pass(minute(5))
    expect(await watch.told()).toEqual(['budget.burning org_half'])
    await watch.pass(minute(12))
    expect((await openAlerts(watch.db, 'budget.burning')).size).toBe(1)
    await watch.pass(minute(20))
    expect((await openAlerts(watch.db, 'budget.burning')).size).toBe(0)
    await watch.pass(minute(21), { down: ['half'] })
    await watch.pass(minute(23))
    expect(await watch.told()).toEqual(['budget.burning org_half', 'budget.burning org_half'])
  })

  test('a slow burn that becomes a fast one is told again, and a fast one that becomes slow is not', async () => {
    // At 99.95 % 64.8 s of six hours are slow, and 25.92 of one hour fast while the last five minutes have some.
    for (let at = 2; at < 6; at++) {
      await watch.record(minute(at), minute(at) + 20_000, { down: ['half'] })
      await watch.record(minute(at) + 20_000, minute(at + 1))
    }
    await watch.record(minute(6), minute(12))
    watch.clock.nowMs = minute(12)
    await watch.pass(minute(14))
    expect((await watch.alerts()).map(({ level }) => level)).toEqual(['slow'])
    await watch.pass(minute(15), { down: ['half'] })
    await watch.pass(minute(30))
    expect((await watch.alerts()).map(({ level }) => level)).toEqual(['fast'])
    expect(await watch.told()).toEqual(['budget.burning org_half', 'budget.burning org_half'])
  })

  test('announced work is silent, however late it was announced, and what counts of it is told after it', async () => {
    await addMaintenance(watch.db, {
      id: 'mnt_1',
      title: 'Upgrade',
      startMs: minute(2),
      endMs: minute(20),
      announcedMs: minute(1),
      cancelledMs: undefined,
      extends: undefined,
      author: 'operator',
    })
    await watch.pass(minute(5), { down: ['acme', 'half'] })
    await watch.pass(minute(20))
    expect(await watch.told()).toEqual([])
    await watch.pass(minute(23))
    // A day’s notice is missing, so the time counts: 180 s are more than 25.92, and less than half’s 1,296.
    expect(await watch.told()).toEqual(['budget.exhausted org_acme'])
  })

  test('an exclusion burns nothing for whom it is about', async () => {
    const span = { startMs: minute(2), endMs: minute(4), organizationId: 'org_acme' }
    const said = { author: 'operator', text: 'x', createdMs: startMs, reason: 'customer' as const }
    await addExclusion(watch.db, { id: 'exc_1', ...span, ...said })
    await watch.pass(minute(3), { down: ['acme', 'best'] })
    await watch.pass(minute(5))
    expect(await watch.told()).toEqual(['budget.burning org_best'])
  })

  test('an alert whose mail finds no room is not taken for told', async () => {
    await watch.addPerson('ada', 'customer-admin', 'org_acme')
    fails = true
    await watch.pass(minute(3), { down: ['acme'] })
    await watch.pass(minute(4))
    expect(watch.errors.splice(0).length).toBeGreaterThan(0)
    expect([await watch.told(), await watch.alerts()]).toEqual([[], []])
    fails = false
    await watch.pass(minute(6))
    expect(await watch.told()).toEqual(['budget.burning org_acme'])
  })

  test('during announced work silence is not told, and after a gap of the store not for a minute', async () => {
    watch.clock.realMs += 11_000
    watch.clock.nowMs = minute(8)
    await watch.runAll()
    expect(await watch.told()).toEqual([])
    const work = { id: 'mnt_1', title: 'x', startMs: minute(9), endMs: minute(12), announcedMs: minute(9) }
    await addMaintenance(watch.db, {
      ...work,
      cancelledMs: undefined,
      extends: undefined,
      author: 'operator',
    })
    watch.clock.nowMs = minute(10)
    await watch.steady()
    watch.clock.nowMs = minute(11)
    watch.clock.realMs += 1000
    await watch.runAll()
    expect(await watch.told()).toEqual([])
    watch.clock.nowMs = minute(13)
    watch.clock.realMs += 1000
    await watch.runAll()
    expect(await watch.told()).toContain('recording.silent -')
  })
})
