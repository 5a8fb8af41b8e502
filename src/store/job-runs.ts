import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** A job's work for one period, such as closing the month `2026-10`. */
export interface JobRun {
  readonly job: string
  readonly period: string
}

/** Of `periods`, those in which the job has not finished; in the order given. */
export async function unfinishedPeriods(
  db: Kysely<Schema>,
  job: string,
  periods: readonly string[],
): Promise<string[]> {
  if (periods.length === 0) return []
  const finished = await db
    .selectFrom('job_runs')
    .select('period')
    .where('job', '=', job)
    .where('period', 'in', periods)
    .where('finished_ms', 'is not', null)
    .execute()
  const done = new Set(finished.map(({ period }) => period))
  return periods.filter(period => !done.has(period))
}

/**
 * Makes `holder` the one that works at this run until `heldUntilMs`. False if it is finished, or if another holds it
 * still. Belongs into a transaction of its own.
 */
export async function holdRun(
  db: Kysely<Schema>,
  { job, period }: JobRun,
  hold: { readonly holder: string; readonly nowMs: number; readonly heldUntilMs: number },
): Promise<boolean> {
  const { holder, nowMs, heldUntilMs } = hold
  const taken = await db
    .insertInto('job_runs')
    .values({
      job,
      period,
      holder,
      held_until_ms: heldUntilMs,
      tries: 1,
      error: null,
      finished_ms: null,
    })
    .onConflict(conflict =>
      conflict
        .columns(['job', 'period'])
        .doUpdateSet(eb => ({
          holder,
          held_until_ms: heldUntilMs,
          tries: eb('job_runs.tries', '+', 1),
          error: null,
        }))
        .where('job_runs.finished_ms', 'is', null)
        .where('job_runs.held_until_ms', '<=', nowMs),
    )
    .returning('holder')
    .executeTakeFirst()
  return taken !== undefined
}

/** Keeps the run for longer. Throws when another has taken it over: then this transaction must leave no trace. */
export async function keepHolding(
  db: Kysely<Schema>,
  { job, period }: JobRun,
  holder: string,
  heldUntilMs: number,
): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('job_runs')
    .set({ held_until_ms: heldUntilMs })
    .where('job', '=', job)
    .where('period', '=', period)
    .where('holder', '=', holder)
    .where('finished_ms', 'is', null)
    .executeTakeFirst()
  if (numUpdatedRows !== 1n) throw new HoldLostError(job, period)
}

/** Lets go of every run: for the only process of a store, at its start, since whoever held one is dead. */
export async function releaseRuns(db: Kysely<Schema>): Promise<void> {
  await db
    .updateTable('job_runs')
    .set({ held_until_ms: 0 })
    .where('finished_ms', 'is', null)
    .where('error', 'is', null)
    .execute()
}

/** Lets go of a run that is not finished, so that whoever looks next goes on with it at once. */
export async function releaseRun(db: Kysely<Schema>, { job, period }: JobRun, holder: string): Promise<void> {
  await db
    .updateTable('job_runs')
    .set({ held_until_ms: 0 })
    .where('job', '=', job)
    .where('period', '=', period)
    .where('holder', '=', holder)
    .where('finished_ms', 'is', null)
    .execute()
}

/** The run is another node's: it took it over, because this one did not show itself in time, or was given it. */
export class HoldLostError extends Error {
  constructor(job: string, period: string) {
    super(`another node goes on with ${job} of ${period}`)
    this.name = 'HoldLostError'
  }
}

/** Ends the run, for good or, with an error, until it is tried again from `againMs` on. */
export async function endRun(
  db: Kysely<Schema>,
  { job, period }: JobRun,
  holder: string,
  end: { readonly finishedMs: number } | { readonly error: string; readonly againMs: number },
): Promise<void> {
  await db
    .updateTable('job_runs')
    .set(
      'error' in end
        ? { error: end.error, held_until_ms: end.againMs }
        : { finished_ms: end.finishedMs, error: null },
    )
    .where('job', '=', job)
    .where('period', '=', period)
    .where('holder', '=', holder)
    .where('finished_ms', 'is', null)
    .execute()
}

/** Forgets finished runs of a job but the one of `period`: of work that comes round every few minutes. */
export async function forgetOtherRuns(db: Kysely<Schema>, { job, period }: JobRun): Promise<void> {
  await db
    .deleteFrom('job_runs')
    .where('job', '=', job)
    .where('period', '!=', period)
    .where('finished_ms', 'is not', null)
    .execute()
}

/** When the job last finished a period; undefined: never. */
export async function lastFinishedMs(db: Kysely<Schema>, job: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('job_runs')
    .select(({ fn }) => fn.max('finished_ms').as('finishedMs'))
    .where('job', '=', job)
    .executeTakeFirst()
  return row?.finishedMs ?? undefined
}

/** How a job is doing, over all nodes. */
export interface JobHealth {
  readonly job: string
  /** When it last finished a period that is remembered; undefined: never. */
  readonly finishedMs: number | undefined
  /** Its last try at some period failed, and it will be tried again. */
  readonly failing: boolean
}

/** Of every job that was ever begun, ascending by name. */
export async function jobsHealth(db: Kysely<Schema>): Promise<JobHealth[]> {
  const rows = await db
    .selectFrom('job_runs')
    .select(({ fn }) => [
      'job',
      fn.max('finished_ms').as('finishedMs'),
      fn.count<number>('error').as('errors'),
    ])
    .groupBy('job')
    .orderBy('job')
    .execute()
  return rows.map(({ job, finishedMs, errors }) => ({
    job,
    finishedMs: finishedMs ?? undefined,
    failing: errors > 0,
  }))
}
