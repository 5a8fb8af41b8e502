import type { Kysely } from 'kysely'
import type { ProbeResult, ProbeVoice } from '../core/availability/probe-verdicts.ts'
import type { Schema } from './schema.ts'
import { chunks } from './rows.ts'

/** Keeps results; one that was told before changes nothing. Resolves to how many are new. */
export async function addProbeResults(db: Kysely<Schema>, results: readonly ProbeResult[]): Promise<number> {
  const rows = results.map(({ probe, place, atMs, ok, ms, detail }) => ({
    probe,
    place,
    at_ms: atMs,
    ok: Number(ok),
    ms,
    detail: detail ?? null,
  }))
  let kept = 0
  for (const chunk of chunks(rows)) {
    const { numInsertedOrUpdatedRows = 0n } = await db
      .insertInto('probe_results')
      .values(chunk)
      .onConflict(conflict => conflict.columns(['probe', 'place', 'at_ms']).doNothing())
      .executeTakeFirstOrThrow()
    kept += Number(numInsertedOrUpdatedRows)
  }
  return kept
}

/**
 * What was sent in `[fromMs, toMs)`, ascending for each probe and place. A month has hundreds of thousands, so it is only
 * what slices are judged by, and read in the order of the key: by time each row would have to be looked up.
 */
export async function probeResultsWithin(
  db: Kysely<Schema>,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<ProbeVoice[]> {
  const voices: ProbeVoice[] = []
  for await (const probe of probesThatSpoke(db)) {
    for await (const place of placesOf(db, probe)) {
      const rows = await db
        .selectFrom('probe_results')
        .select(['at_ms', 'ok'])
        .where('probe', '=', probe)
        .where('place', '=', place)
        .where('at_ms', '>=', fromMs)
        .where('at_ms', '<', toMs)
        .orderBy('at_ms')
        .execute()
      for (const { at_ms: atMs, ok } of rows) voices.push({ probe, place, atMs, ok: ok === 1 })
    }
  }
  return voices
}

/** Forgets up to `most` results that were sent before an instant; how many they were. */
export async function forgetProbeResults(
  db: Kysely<Schema>,
  beforeMs: number,
  most: number,
): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('probe_results')
    .where(where =>
      where(
        where.refTuple('probe', 'place', 'at_ms'),
        'in',
        where
          .selectFrom('probe_results')
          .select(['probe', 'place', 'at_ms'])
          .where('at_ms', '<', beforeMs)
          .orderBy('at_ms')
          .limit(most)
          .$asTuple('probe', 'place', 'at_ms'),
      ),
    )
    .executeTakeFirst()
  return Number(numDeletedRows)
}

/** The last result of a probe from each place, by place. */
export async function lastProbeResults(db: Kysely<Schema>, probe: string): Promise<ProbeResult[]> {
  const results: ProbeResult[] = []
  for await (const place of placesOf(db, probe)) {
    const row = await db
      .selectFrom('probe_results')
      .selectAll()
      .where('probe', '=', probe)
      .where('place', '=', place)
      .orderBy('at_ms', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
    const { at_ms: atMs, ok, detail, ...rest } = row
    results.push({ ...rest, atMs, ok: ok === 1, detail: detail ?? undefined })
  }
  return results
}

/** From one to the next by the key, over any number of rows. */
async function* probesThatSpoke(db: Kysely<Schema>): AsyncGenerator<string> {
  for (let after = ''; ;) {
    const next = await db
      .selectFrom('probe_results')
      .select(({ fn }) => fn.min('probe').as('probe'))
      .where('probe', '>', after)
      .executeTakeFirst()
    if (!next?.probe) return
    yield (after = next.probe)
  }
}

async function* placesOf(db: Kysely<Schema>, probe: string): AsyncGenerator<string> {
  for (let after = ''; ;) {
    const next = await db
      .selectFrom('probe_results')
      .select(({ fn }) => fn.min('place').as('place'))
      .where('probe', '=', probe)
      .where('place', '>', after)
      .executeTakeFirst()
    if (!next?.place) return
    yield (after = next.place)
  }
}
