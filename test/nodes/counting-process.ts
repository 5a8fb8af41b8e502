import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { type Job, startJobRunner } from '../../src/control-plane/jobs/job-runner.ts'
import { openStore } from '../../src/store/open-store.ts'

/**
 * A node with one job: it counts to `STEPS` in rows of a table, a step each. It says which step it is at, and ends
 * when the period is finished.
 */
const [url = '', period = '', steps = '', holdMs = ''] = process.argv.slice(2)

const store = await openStore({ url })
const say = (text: string) => process.stdout.write(`${text}\n`)

const counting: Job = {
  name: 'count',
  periods: () => [period],
  async run(_period, step) {
    for (let done = false; !done;) {
      const count = await step(async trx => {
        const { rows } = await sql<{ count: number }>`
          update counted set count = count + 1 where period = ${period} and count < ${Number(steps)} returning count
        `.execute(trx)
        // Long enough for a kill to arrive within it.
        await sql`select pg_sleep(0.02)`.execute(trx)
        return rows[0]?.count
      })
      done = count === undefined
      say(done ? 'finished' : `step ${count}`)
    }
  },
}

startJobRunner({
  db: store.db,
  jobs: [counting],
  nodeId: randomUUID(),
  clock: Date.now,
  realClock: Date.now,
  holdMs: Number(holdMs),
  log: {
    warn: (_, message) => say(message),
    error: (facts, message) => say(`${message} ${JSON.stringify(facts)}`),
  },
})
say('runs')
process.on('SIGTERM', () => process.exit(0))
