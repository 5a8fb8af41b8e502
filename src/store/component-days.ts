import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** What a component of the status page came to on a day, over all customers. */
export interface ComponentDay {
  /** A group of the contract's; '': the whole platform. */
  readonly component: string
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string
  /** How much of the day was judged: less than all of it on the first day, and on one that runs. */
  readonly measuredMs: number
  /** That counts: after what is excluded for all. */
  readonly downMs: number
  readonly idleMs: number
  readonly excludedMs: number
  readonly unmeasuredMs: number
  readonly valid: number
  readonly failed: number
  /** The version of the contract whose rule it was judged by. */
  readonly contract: number
  readonly judgedMs: number
}

/** Writes days down; one that is there already is written anew. */
export async function putComponentDays(db: Kysely<Schema>, days: readonly ComponentDay[]): Promise<void> {
  for (const { measuredMs, downMs, idleMs, excludedMs, unmeasuredMs, judgedMs, ...rest } of days) {
    const { component, day, ...figures } = {
      ...rest,
      measured_ms: measuredMs,
      down_ms: downMs,
      idle_ms: idleMs,
      excluded_ms: excludedMs,
      unmeasured_ms: unmeasuredMs,
      judged_ms: judgedMs,
    }
    await db
      .insertInto('component_days')
      .values({ component, day, ...figures })
      .onConflict(conflict => conflict.columns(['day', 'component']).doUpdateSet(figures))
      .execute()
  }
}

/** The days of every component from `firstDay` on, ascending by day, then by component. */
export async function componentDays(db: Kysely<Schema>, firstDay: string): Promise<ComponentDay[]> {
  const rows = await db
    .selectFrom('component_days')
    .selectAll()
    .where('day', '>=', firstDay)
    .orderBy('day')
    .orderBy('component')
    .execute()
  return rows.map(row => ({
    component: row.component,
    day: row.day,
    measuredMs: row.measured_ms,
    downMs: row.down_ms,
    idleMs: row.idle_ms,
    excludedMs: row.excluded_ms,
    unmeasuredMs: row.unmeasured_ms,
    valid: row.valid,
    failed: row.failed,
    contract: row.contract,
    judgedMs: row.judged_ms,
  }))
}
