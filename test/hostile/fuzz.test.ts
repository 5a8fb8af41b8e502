import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fuzz } from './fuzz-run.ts'
import { type FuzzSubject, memoryMib, startFuzzSubject } from './fuzz-subject.ts'

/** Bounded by time as well: a busy machine tries fewer, and says how many. */
const REQUESTS = 10_000
const SECONDS = 20
/** What runs on fills in the first of them; only what comes on top of that afterwards can be a leak. */
const WARM_UP = 3000
/** Measured: 57 MiB, most of it the inputs and what was sent. A leak of 20 KiB a connection is past this. */
const NOISE_MIB = 120

let subject: FuzzSubject

beforeAll(async () => {
  subject = await startFuzzSubject()
})

afterAll(() => subject.stop())

it('mutated bytes smuggle nothing, and the next good request is answered', async () => {
  const seed = Number(process.env['WEIR_FUZZ_SEED'] ?? randomInt(2 ** 31))
  const untilMs = Date.now() + SECONDS * 1000
  const first = await fuzz({ ...subject, seed, atMost: WARM_UP, untilMs: untilMs - (SECONDS * 1000) / 2 })
  const before = memoryMib()
  const report = await fuzz({ ...subject, seed: seed + 1, atMost: REQUESTS - WARM_UP, untilMs })
  process.stdout.write(
    `fuzz: seed ${seed}, ${first.sent + report.sent} sent, ${first.forwarded + report.forwarded} forwarded\n`,
  )
  expect([...first.broken, ...report.broken], `WEIR_FUZZ_SEED=${seed}`).toEqual([])
  expect(subject.deaths).toEqual([])
  expect(report.forwarded).toBeGreaterThan(report.sent / 20)
  expect((await subject.app.call('/app')).status).toBe(200)
  // Both threads, the test and its upstream share the process.
  expect(memoryMib() - before).toBeLessThan(NOISE_MIB)
})
