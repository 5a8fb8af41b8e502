import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { storesOfTwoNodes } from '../../../test/stores-of-two-nodes.ts'
import { readContract } from '../../core/contract/read-contract.ts'
import { listAudit } from '../../store/audit.ts'
import { type SliceCount, emptyBatch } from '../../store/batch.ts'
import { type Incident, incidentUpdates, listIncidents } from '../../store/incidents.ts'
import { addMaintenance } from '../../store/maintenance.ts'
import type { Store } from '../../store/open-store.ts'
import { applyBatch } from '../../store/recording.ts'
import {
  mergeIncident,
  openIncident,
  resolveIncident,
  updateIncident,
} from '../availability/incident-changes.ts'
import { directUsageReader } from '../usage/usage-questions.ts'
import { incidentJob } from './incident-job.ts'
import { type JobRunner, startJobRunner } from './job-runner.ts'

const yaml = readFileSync(new URL('../../../contracts/chat.yaml', import.meta.url), 'utf8').replace(
  /^availability:.*\n/m,
  '$&  groups: { search: [Search], messages: [SendMessage] }\n',
)
const read = readContract(yaml, 'contract.yaml', () => undefined)
if (!read.ok) throw new Error('the test’s contract has mistakes')
const { contract } = read

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const startMs = Date.UTC(2026, 10, 10)
const twoNodes = storesOfTwoNodes()

describe.each([
  ['SQLite', () => twoNodes.sqlite()],
  ['Postgres', () => twoNodes.postgres()],
])('%s: incidents that open by themselves', (_, open) => {
  let stores: Store[]
  let store: Store
  let runners: JobRunner[]
  let nowMs: number
  let sequence: number
  let errors: string[]
  beforeEach(async () => {
    stores = await open()
    store = stores[0]!
    nowMs = startMs + 6 * HOUR
    sequence = 0
    errors = []
    const log = {
      warn: (_facts: object, message: string) => errors.push(message),
      error: (facts: object) => errors.push(JSON.stringify(facts)),
    }
    runners = stores.map((each, at) => {
      const parts = { reader: directUsageReader(each.db), contract: () => contract }
      return startJobRunner({
        db: each.db,
        jobs: [incidentJob({ ...parts, realClock: () => nowMs, speed: 1 })],
        nodeId: `control_${at}`,
        clock: () => nowMs,
        realClock: () => nowMs,
        log,
      })
    })
  })
  afterEach(async () => {
    for (const runner of runners) await runner.stop()
    for (const each of new Set(stores)) await each.close()
    expect(errors).toEqual([])
  })

  /** What arrived at these endpoints in the slices of a span, and that a node was there. */
  async function record(fromMs: number, toMs: number, failing: readonly string[] = []): Promise<void> {
    const endpointSlices: SliceCount[] = []
    for (let sliceMs = fromMs; sliceMs < toMs; sliceMs += 10_000) {
      for (const name of ['Search', 'SendMessage', 'GetRateLimits']) {
        const failed = failing.includes(name) ? 50 : 0
        endpointSlices.push({ name, sliceMs, seconds: 10, valid: 100, failed })
      }
    }
    const beats = [{ fromMs, toMs }]
    await applyBatch(store.db, { ...emptyBatch('node', ++sequence, toMs), beats, endpointSlices })
  }

  /** A look on both nodes every minute up to an instant, with what is recorded until then. */
  async function pass(toMs: number, failing: readonly string[] = []): Promise<void> {
    while (nowMs < toMs) {
      await record(nowMs, nowMs + MINUTE, failing)
      nowMs += MINUTE
      await Promise.all(runners.map(runner => runner.runDue()))
    }
  }

  /** Looks without a pause of ten seconds, while nothing is recorded. */
  async function look(times: number): Promise<void> {
    for (let each = 0; each < times; each++) {
      nowMs += 9000
      await Promise.all(runners.map(runner => runner.runDue()))
    }
  }

  const everything = ['Search', 'SendMessage', 'GetRateLimits']
  const incidents = async () => (await listIncidents(store.db, { limit: 100, after: undefined })).toReversed()
  const short = async () =>
    (await incidents()).map(({ component, impact, status, startedMs, resolvedMs }) => ({
      component,
      impact,
      status,
      from: (startedMs - startMs) / MINUTE,
      to: resolvedMs === undefined ? undefined : (resolvedMs - startMs) / MINUTE,
    }))
  const by = { text: 'x', author: 'operator' }
  const serially = async <T>(verb: (trx: Parameters<typeof openIncident>[0]) => Promise<T>) =>
    store.db.transaction().execute(verb)
  const openByHand = async (component?: string): Promise<Incident> =>
    serially(trx =>
      openIncident(
        trx,
        {
          title: 'By hand',
          impact: 'minor',
          source: 'person',
          status: 'investigating',
          component,
          startedMs: nowMs,
        },
        { ...by, atMs: nowMs },
      ),
    )

  test('an outage of all opens one incident, on whichever node, and closes it when it was up for long enough', async () => {
    await pass(startMs + 6 * HOUR + 5 * MINUTE)
    expect(await short()).toEqual([])
    await pass(startMs + 6 * HOUR + 9 * MINUTE, everything)
    const down = { component: undefined, impact: 'critical', from: 365 }
    expect(await short()).toEqual([{ ...down, status: 'investigating', to: undefined }])
    await pass(startMs + 6 * HOUR + 38 * MINUTE)
    expect((await short())[0]?.status).toBe('investigating')
    await pass(startMs + 7 * HOUR)
    expect(await short()).toEqual([{ ...down, status: 'resolved', to: 369 }])
    const [incident] = await incidents()
    const timeline = await incidentUpdates(store.db, incident!.id)
    expect(timeline.map(({ author, text }) => [author, text])).toEqual([
      [
        'weir',
        'Requests to the API have been failing since 10 Nov 2026, 06:05 UTC. Our measurements show it.',
      ],
      ['weir', 'Requests to the API work again since 10 Nov 2026, 06:09 UTC.'],
    ])
    const entries = await listAudit(store.db, { limit: 10 })
    expect(entries.map(({ details }) => details['because'])).toEqual([
      expect.stringMatching(/^Up since 2026-11-10T06:09:00Z/),
      expect.stringMatching(/^Down for 100 of the last 3,600 seconds and for 100 of the last 300/),
    ])
    const audit = entries.map(({ actor, action }) => `${actor} ${action}`)
    expect(audit).toEqual(['weir incident.resolved', 'weir incident.opened'])
    const events = await store.db.selectFrom('events').select('type').orderBy('at_ms').execute()
    expect(events.map(({ type }) => type)).toEqual(['incident.opened', 'incident.resolved'])
  })

  test('a group that fails alone has an incident of its own', async () => {
    // 50 of 300 would be the platform's too: here it is 5 of 300, below five per cent.
    await pass(startMs + 6 * HOUR + MINUTE)
    const endpointSlices = [0, 1, 2, 3, 4, 5, 6, 7].map(at => ({
      name: 'Search',
      sliceMs: nowMs + at * 10_000,
      seconds: 10,
      valid: 0,
      failed: 10,
    }))
    await applyBatch(store.db, { ...emptyBatch('node', ++sequence, nowMs), endpointSlices })
    await pass(nowMs + 3 * MINUTE)
    expect(await short()).toMatchObject([{ component: 'search', impact: 'major', from: 361 }])
  })

  test('a node that is gone is an outage once a minute has gone by, and what was never asked for is none', async () => {
    await pass(startMs + 6 * HOUR + 2 * MINUTE)
    await look(7)
    expect(await short()).toEqual([])
    await look(14)
    expect(await short()).toMatchObject([{ component: undefined, impact: 'critical', from: 362 }])
  })

  test('on a fast clock what is on its way for some real seconds is no silence', async () => {
    for (const each of runners.splice(0)) await each.stop()
    let realMs = 0
    const [realClock, speed] = [() => realMs, 8]
    const parts = { reader: directUsageReader(store.db), contract: () => contract, realClock, speed }
    const tell = (facts: object) => void errors.push(JSON.stringify(facts))
    const runner = startJobRunner({
      db: store.db,
      jobs: [incidentJob(parts)],
      nodeId: 'control_fast',
      clock: () => nowMs,
      realClock,
      log: { warn: tell, error: tell },
    })
    runners.push(runner)
    for (let looks = 0; looks < 30; looks++) {
      await record(nowMs - 2 * MINUTE, nowMs - MINUTE)
      nowMs += MINUTE
      realMs += MINUTE / speed
      await runner.runDue()
    }
    expect(await short()).toEqual([])
  })

  test('while a store that was away gets what nodes kept for it, their silence opens nothing', async () => {
    await pass(nowMs + MINUTE)
    const awayMs = nowMs
    nowMs += 5 * MINUTE
    await look(3)
    await record(awayMs, nowMs)
    await look(6)
    expect(await short()).toEqual([])
  })

  test('announced work opens nothing, also when it was announced late, and what fails after it does', async () => {
    const window = {
      id: 'mnt_1',
      title: 'New database',
      startMs: nowMs + 2 * MINUTE,
      endMs: nowMs + 30 * MINUTE,
      announcedMs: nowMs,
      cancelledMs: undefined,
      extends: undefined,
      author: 'operator',
    }
    await addMaintenance(store.db, window)
    await pass(nowMs + 2 * MINUTE)
    await pass(nowMs + 20 * MINUTE, everything)
    expect(await short()).toEqual([])
    await pass(window.endMs, everything)
    await pass(nowMs + 3 * MINUTE, everything)
    expect(await short()).toMatchObject([{ from: (window.endMs - startMs) / MINUTE, to: undefined }])
  })

  test('where a person has opened an incident, none opens beside it, and it is told once what was measured', async () => {
    const { id } = await openByHand()
    await pass(nowMs + 8 * MINUTE, everything)
    await pass(nowMs + 20 * MINUTE)
    const found = await incidents()
    expect(found).toMatchObject([{ id, source: 'person', status: 'investigating' }])
    expect((await incidentUpdates(store.db, id)).map(({ author }) => author)).toEqual(['operator', 'weir'])
  })

  test('a small incident that was forgotten hides no outage: it gets the impact that was measured, and is not argued about', async () => {
    const { id } = await openByHand()
    await pass(nowMs + 8 * MINUTE, everything)
    const [raised] = await incidents()
    expect(raised).toMatchObject({ id, impact: 'critical', source: 'person' })
    const told = (await incidentUpdates(store.db, id)).at(-1)
    expect(told).toMatchObject({
      author: 'weir',
      text: expect.stringMatching(/The impact is critical, as measured\.$/),
    })
    await serially(trx =>
      updateIncident(trx, raised!, { status: 'identified', impact: 'minor' }, { ...by, atMs: nowMs }),
    )
    await pass(nowMs + 5 * MINUTE, everything)
    expect(await incidents()).toMatchObject([{ id, impact: 'minor', status: 'identified' }])
  })

  test('what was merged into an incident of a person keeps its component from opening anew', async () => {
    await pass(nowMs + 4 * MINUTE, everything)
    const [own] = await incidents()
    const { id } = await openByHand('messages')
    const [into] = (await incidents()).filter(each => each.id === id)
    await serially(trx => mergeIncident(trx, own!, into!, { author: 'operator', atMs: nowMs }))
    await pass(nowMs + 10 * MINUTE, everything)
    const ongoing = (await incidents()).filter(({ resolvedMs }) => resolvedMs === undefined)
    expect(ongoing.filter(({ component }) => component !== 'search')).toMatchObject([
      { id, component: 'messages' },
    ])
  })

  test('an incident that a person resolved too early opens again, with what came after alone', async () => {
    await pass(nowMs + 4 * MINUTE, everything)
    const [own] = await incidents()
    await serially(trx => resolveIncident(trx, own!, nowMs, { ...by, atMs: nowMs }))
    const resolvedMs = nowMs
    await pass(nowMs + MINUTE, everything)
    expect(await incidents()).toHaveLength(1)
    await pass(nowMs + 2 * MINUTE, everything)
    expect(await incidents()).toMatchObject([
      { id: own!.id },
      { startedMs: resolvedMs, status: 'investigating' },
    ])
  })
})
