import type { Kysely } from 'kysely'
import { emptyBatch } from '../../store/batch.ts'
import { applyBatch } from '../../store/recording.ts'
import type { Schema } from '../../store/schema.ts'

let sequence = 0

/** Ten-second slices of an app `app_NAME` from an instant on, in each of which so many of 100 requests failed. */
export async function recordSlices(
  db: Kysely<Schema>,
  name: string,
  fromMs: number,
  { slices, failed = 100, valid = 100 }: { slices: number; failed?: number; valid?: number },
): Promise<void> {
  const counts = Array.from({ length: slices }, (_, at) => {
    return { sliceMs: fromMs + at * 10_000, seconds: 10, valid, failed }
  })
  await applyBatch(db, {
    ...emptyBatch(`node_${name}`, ++sequence, fromMs),
    appSlices: counts.map(count => ({ ...count, name: `app_${name}` })),
    endpointSlices: counts.map(count => ({ ...count, name: 'SendMessage' })),
  })
}
