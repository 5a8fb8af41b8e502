import { parseArgs } from 'node:util'
import { crowd } from './crowd.ts'
import { decide } from './decide/decide.ts'
import { ingest } from './ingest.ts'
import { gateway } from './gateway/gateway.ts'
import { machine } from './machine.ts'
import { sla } from './sla.ts'
import { sockets } from './sockets/sockets.ts'
import { start } from './start.ts'
import { table } from './table.ts'

/** One benchmark's tables: title, rows, decimals. */
export type Result = Parameters<typeof table>[]

const benchmarks: Record<string, (rounds: number) => Promise<Result>> = {
  decide,
  crowd,
  gateway,
  sockets,
  ingest,
  sla,
  start,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '5' } },
})

const named = positionals.length > 0 ? positionals : Object.keys(benchmarks)
const unknown = named.filter(name => !Object.hasOwn(benchmarks, name))
if (unknown.length > 0) {
  process.stderr.write(
    `no such benchmark: ${unknown.join(', ')}; known are ${Object.keys(benchmarks).join(', ')}\n`,
  )
  process.exit(1)
}

const results: Result = []
for (const name of named) results.push(...(await benchmarks[name]!(Number(values.rounds))))

if (values.json) {
  const tables = results.map(([title, rows]) => ({ title, rows: Object.fromEntries(rows) }))
  process.stdout.write(
    `${JSON.stringify({ machine: machine(), rounds: Number(values.rounds), tables }, null, 2)}\n`,
  )
} else {
  process.stdout.write(`${JSON.stringify(machine())}, medians of ${values.rounds} interleaved rounds\n`)
  for (const result of results) process.stdout.write(`${table(...result)}\n`)
}
