import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Store } from '../../store/open-store.ts'
import { addOrganization, findOrganization, listOrganizations } from '../../store/organizations.ts'
import { type Job, type Step, startJobRunner } from './job-runner.ts'

const month = '2026-10'
const nowMs = Date.UTC(2026, 10, 2)

/** What jobs must hold to on every database. `open`: an empty one, as two nodes have it open. */
export function runJobSuite(name: string, open: () => Promise<readonly [Store, Store]>): void {
  describe(`${name}: jobs`, () => {
    let one: Store
    let other: Store
    let realMs: number
    let errors: string[]
    beforeEach(async () => {
      ;[one, other] = await open()
      realMs = 1_000_000
      errors = []
    })
    afterEach(async () => {
      for (const store of new Set([one, other])) await store.close()
    })

    const runner = (store: Store, nodeId: string, jobs: readonly Job[]) =>
      startJobRunner({
        db: store.db,
        jobs,
        nodeId,
        clock: () => nowMs,
        realClock: () => realMs,
        holdMs: 1000,
        log: { warn: (_, message) => errors.push(message), error: (_, message) => errors.push(message) },
      })

    /** Adds an organization: a thing that is there once or twice. */
    const adding = (id: string) => (step: Step) =>
      step(trx =>
        addOrganization(trx, { id, name: id, billing: {}, eligibility: undefined, createdMs: nowMs }),
      )
    const count = async () => (await listOrganizations(one.db, { limit: 100, after: undefined })).length

    test('two nodes do the work of a period once', async () => {
      let calls = 0
      const job: Job = {
        name: 'close-month',
        periods: () => [month],
        run: async (_period, step) => adding(`org_${++calls}`)(step),
      }
      const runners = [runner(one, 'a', [job]), runner(other, 'b', [job])]
      await Promise.all(runners.map(each => each.runDue()))
      await Promise.all(runners.map(each => each.runDue()))
      for (const each of runners) await each.stop()
      expect(await count()).toBe(1)
      expect(errors).toEqual([])
    })

    test('a node that ends lets go of its work between two steps, and another goes on with it at once', async () => {
      const reached = Promise.withResolvers<void>()
      const goOn = Promise.withResolvers<void>()
      const job = (after: () => Promise<void>): Job => ({
        name: 'close-month',
        periods: () => [month],
        async run(_period, step) {
          if ((await step(trx => findOrganization(trx, 'org_1'))) === undefined) await adding('org_1')(step)
          await after()
          await adding('org_2')(step)
        },
      })
      const first = runner(one, 'a', [
        job(async () => {
          reached.resolve()
          await goOn.promise
        }),
      ])
      void first.runDue()
      await reached.promise
      const ended = first.stop()
      goOn.resolve()
      await ended
      expect(await count()).toBe(1)
      const second = runner(other, 'b', [job(async () => undefined)])
      await second.runDue()
      await second.stop()
      expect(await count()).toBe(2)
      expect(errors).toEqual([])
    })

    test('work that a node left in the middle is finished by another, and what it comes back with is refused', async () => {
      const reached = Promise.withResolvers<void>()
      const cameBack = Promise.withResolvers<void>()
      const periods = () => [month]
      const slow: Job = {
        name: 'close-month',
        periods,
        async run(_period, step) {
          await adding('org_1')(step)
          reached.resolve()
          await cameBack.promise
          await adding('org_2')(step)
        },
      }
      const careful: Job = {
        name: 'close-month',
        periods,
        async run(_period, step) {
          await step(async trx => {
            expect(await findOrganization(trx, 'org_1')).toBeDefined()
          })
          await adding('org_3')(step)
        },
      }
      const first = runner(one, 'a', [slow])
      const second = runner(other, 'b', [careful])
      const stuck = first.runDue()
      await reached.promise
      await second.runDue()
      expect(await count()).toBe(1)
      realMs += 1000
      await second.runDue()
      expect(await count()).toBe(2)
      cameBack.resolve()
      await stuck
      expect(errors).toEqual(['another node goes on with close-month of 2026-10'])
      expect(await findOrganization(one.db, 'org_2')).toBeUndefined()
      await first.stop()
      await second.stop()
    })

    test('a job that failed is tried again after a minute, and its step left no trace', async () => {
      let fails = true
      const job: Job = {
        name: 'close-month',
        periods: () => [month],
        run: async (_period, step) =>
          step(async trx => {
            const id = fails ? 'org_1' : 'org_2'
            await addOrganization(trx, { id, name: id, billing: {}, eligibility: undefined, createdMs: 1 })
            if (fails) throw new Error('no')
          }),
      }
      const only = runner(one, 'a', [job])
      await only.runDue()
      fails = false
      await only.runDue()
      expect(await count()).toBe(0)
      realMs += 60_000
      await only.runDue()
      expect(await findOrganization(one.db, 'org_1')).toBeUndefined()
      expect(await findOrganization(one.db, 'org_2')).toBeDefined()
      expect(errors).toEqual(['a job failed and will be tried again'])
      await only.stop()
    })

    test('periods that were missed are made up for in order, and finished ones are not done again', async () => {
      const done: string[] = []
      const job: Job = {
        name: 'close-month',
        periods: () => ['2026-08', '2026-09', month],
        run: async period => void done.push(period),
      }
      const only = runner(one, 'a', [job])
      await only.runDue()
      await only.runDue()
      expect(done).toEqual(['2026-08', '2026-09', month])
      await only.stop()
    })
  })
}
