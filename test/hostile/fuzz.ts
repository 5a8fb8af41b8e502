import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz-run.ts'
import { memoryMib, startFuzzSubject } from './fuzz-subject.ts'

/** `npm run fuzz -- --seconds 600 [--seed N]`: the fuzzer of the tests, for as long as asked. */
const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } })
const seconds = Number(values.seconds ?? 60)
const subject = await startFuzzSubject()
const untilMs = Date.now() + seconds * 1000
let seed = Number(values.seed ?? randomInt(2 ** 31))
let broken = 0

while (Date.now() < untilMs && broken === 0) {
  const report = await fuzz({ ...subject, seed, atMost: 20_000, untilMs })
  const { status } = await subject.app.call('/app')
  broken = report.broken.length + subject.deaths.length + (status === 200 ? 0 : 1)
  const memory = Math.round(memoryMib())
  process.stdout.write(
    `seed ${report.seed}: ${report.sent} sent, ${report.forwarded} forwarded, ${broken} broken, next ${status}, ${memory} MiB\n`,
  )
  for (const each of [...report.broken, ...subject.deaths]) process.stdout.write(`  ${each}\n`)
  seed++
}
await subject.stop()
process.exitCode = broken === 0 ? 0 : 1
