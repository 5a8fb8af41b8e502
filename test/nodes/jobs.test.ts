import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Store, openStore } from '../../src/store/open-store.ts'
import { eventually } from '../e2e/harness.ts'
import { type PrivatePostgres, startPrivatePostgres } from '../private-postgres.ts'

const KILLS = 20
const STEPS = 20
const HOLD_MS = 400

let postgres: PrivatePostgres
let url: string
let store: Store
beforeAll(async () => {
  postgres = await startPrivatePostgres()
  url = await postgres.createDatabase()
  store = await openStore({ url })
  await sql`create table counted (period text primary key, count bigint not null)`.execute(store.db)
})
afterAll(async () => {
  await store.close()
  await postgres.stop()
})

const file = fileURLToPath(new URL('counting-process.ts', import.meta.url))

function startCounting(period: string) {
  const child = spawn(process.execPath, [file, url, period, String(STEPS), String(HOLD_MS)])
  const said: string[] = []
  child.stdout.setEncoding('utf8')
  const ended = once(child, 'close')
  const reaches = (text: string) =>
    new Promise<void>(resolve => {
      child.stdout.on('data', () => said.join('').includes(text) && resolve())
    })
  child.stdout.on('data', (text: string) => said.push(text))
  return { child, ended, said, reaches }
}

/** Steps of the job and how often the period was finished. */
async function figures(period: string) {
  const { rows } = await sql<{ count: number }>`select count from counted where period = ${period}`.execute(
    store.db,
  )
  const run = await store.db
    .selectFrom('job_runs')
    .select(['tries', 'finished_ms'])
    .where('period', '=', period)
    .executeTakeFirst()
  return { count: rows[0]?.count, tries: run?.tries, finished: typeof run?.finished_ms === 'number' }
}

it(`a job that a kill -9 ends in the middle is done exactly once by the node beside it, ${KILLS} times`, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  // A small generator, so that a failure can be run again with the seed that the message shows.
  let state = seed
  const random = () => (state = (state * 48_271) % 0x7fffffff) / 0x7fffffff
  let takenOver = 0
  for (let kill = 0; kill < KILLS; kill++) {
    const period = `period-${kill}`
    const step = 1 + Math.floor(random() * (STEPS - 1))
    const because = `seed ${seed}, ${period}, killed at step ${step}`
    await sql`insert into counted (period, count) values (${period}, 0)`.execute(store.db)
    const first = startCounting(period)
    const reached = first.reaches(`step ${step}\n`)
    await first.reaches('runs')
    const second = startCounting(period)
    // Either of them may have taken it: the one that counts is killed at its step.
    const killed = await Promise.race([
      reached.then(() => first),
      second.reaches(`step ${step}\n`).then(() => second),
    ])
    killed.child.kill('SIGKILL')
    const { finished, ...end } = await eventually(
      () => figures(period),
      now => now.finished,
      60_000,
    )
    const left = killed === first ? second : first
    left.child.kill('SIGTERM')
    await Promise.all([first.ended, second.ended])
    expect({ finished, ...end }, because).toMatchObject({ finished: true, count: STEPS })
    takenOver += (end.tries ?? 0) - 1
    expect(left.said.join(''), because).toContain('finished')
  }
  expect(takenOver).toBe(KILLS)
}, 240_000)
