import type { Kysely } from 'kysely'
import type { ProbeResult } from '../core/availability/probe-verdicts.ts'
import type { Schema } from './schema.ts'
import { chunks } from './rows.ts'

/** Keeps results; one that was told before changes nothing. */
export async function addProbeResults(db: Kysely<Schema>, results: readonly ProbeResult[]): Promise<void> {
  const rows = results.map(({ probe, place, atMs, ok, ms, detail }) => ({
    probe,
    place,
    at_ms: atMs,
    ok: Number(ok),
    ms,
    detail: detail ?? null,
  }))
  for (const chunk of chunks(rows)) {
    await db
      .insertInto('probe_results')
      .values(chunk)
      .onConflict(conflict => conflict.columns(['probe', 'place', 'at_ms']).doNothing())
      .execute()
  }
}

/** What probes saw in `[fromMs, toMs)`, ascending. */
export async function probeResultsWithin(
  db: Kysely<Schema>,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<ProbeResult[]> {
  const rows = await db
    .selectFrom('probe_results')
    .selectAll()
    .where('at_ms', '>=', fromMs)
    .where('at_ms', '<', toMs)
    .orderBy('at_ms')
    .orderBy('probe')
    .orderBy('place')
    .execute()
  return rows.map(({ at_ms: atMs, ok, detail, ...rest }) => ({
    ...rest,
    atMs,
    ok: ok === 1,
    detail: detail ?? undefined,
  }))
}
