import { parentPort, workerData } from 'node:worker_threads'
import type { AppOption } from '../../src/data-plane/middleware/apps-option.ts'
import { type WeirOptions, createWeir } from '../../src/data-plane/middleware/weir.ts'

/** Asks for `/users` a hundred times and tells how often it was admitted. */
const given = workerData as {
  readonly counters: NonNullable<WeirOptions['counters']>
  readonly contractText: string
  readonly apps: readonly AppOption[]
  readonly headers: Readonly<Record<string, string>>
  readonly nowMs: number
}
const { counters, apps, headers } = given
const contract = { text: given.contractText.replace('burst: { divisor: 30 }', 'burst: off') }
const weir = await createWeir({ contract, apps, counters, clock: () => given.nowMs })
let admitted = 0
for (let i = 0; i < 100; i++) {
  const verdict = await weir.decide({ method: 'GET', target: '/users', headers, websocket: 'no' })
  if (verdict.kind === 'admitted') admitted++
}
parentPort!.postMessage(admitted)
