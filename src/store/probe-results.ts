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

/** What was sent in `[fromMs, toMs)`, ascending: a month has hundreds of thousands, so only what slices are judged by. */
export async function probeResultsWithin(
  db: Kysely<Schema>,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<ProbeVoice[]> {
  const rows = await db
    .selectFrom('probe_results')
    .select(['probe', 'place', 'at_ms', 'ok'])
    .where('at_ms', '>=', fromMs)
    .where('at_ms', '<', toMs)
    .orderBy('at_ms')
    .orderBy('probe')
    .orderBy('place')
    .execute()
  return rows.map(({ probe, place, at_ms: atMs, ok }) => ({ probe, place, atMs, ok: ok === 1 }))
}

/** The last result of a probe from each place, by place. Goes from place to place by the key, over any number of rows. */
export async function lastProbeResults(db: Kysely<Schema>, probe: string): Promise<ProbeResult[]> {
  const results: ProbeResult[] = []
  for (let after = ''; ;) {
    const next = await db
      .selectFrom('probe_results')
      .select(({ fn }) => fn.min('place').as('place'))
      .where('probe', '=', probe)
      .where('place', '>', after)
      .executeTakeFirst()
    const place = next?.place
    if (place === undefined || place === null) return results
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
    after = place
  }
}
