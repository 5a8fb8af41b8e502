import { parseArgs } from 'node:util'
import { crowd } from './crowd.ts'
import { decide } from './decide/decide.ts'
import { ingest } from './ingest/ingest.ts'
import { gateway } from './gateway/gateway.ts'
import { recording } from './gateway/recording.ts'
import { machine } from './machine.ts'
import { DEFAULT_USERS, month } from './month/month.ts'
import { sla } from './sla/sla.ts'
import { sockets } from './sockets/sockets.ts'
import { start } from './start.ts'
import { table } from './table.ts'

/** One benchmark's tables: title, rows, decimals. */
export type Result = Parameters<typeof table>[]

const benchmarks: Record<string, (rounds: number, users: number) => Promise<Result>> = {
  decide,
  crowd,
  gateway,
  recording,
  sockets,
  ingest,
  month,
  sla,
  start,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    /** Of `month`. */
    users: { type: 'string', default: String(DEFAULT_USERS) },
  },
})

const named = positionals.length > 0 ? positionals : Object.keys(benchmarks)
const unknown = named.filter(name => !Object.hasOwn(benchmarks, name))
if (unknown.length > 0) {
  process.stderr.write(
    `no such benchmark: ${unknown.join(', ')}; known are ${Object.keys(benchmarks).join(', ')}\n`,
  )
  process.exit(1)
}
const [rounds, users] = [Number(values.rounds), Number(values.users)]
if (!(Number.isInteger(rounds) && rounds > 0 && Number.isInteger(users) && users > 0)) {
  process.stderr.write('--rounds and --users take whole numbers from 1\n')
  process.exit(1)
}

const results: Result = []
for (const name of named) results.push(...(await benchmarks[name]!(rounds, users)))

if (values.json) {
  const tables = results.map(([title, rows]) => ({ title, rows: Object.fromEntries(rows) }))
  process.stdout.write(`${JSON.stringify({ machine: machine(), rounds, tables }, null, 2)}\n`)
} else {
  process.stdout.write(`${JSON.stringify(machine())}, medians of ${rounds} interleaved rounds\n`)
  for (const result of results) process.stdout.write(`${table(...result)}\n`)
}
