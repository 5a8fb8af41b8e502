import type { Kysely } from 'kysely'
import { utcDay } from '../../core/availability/day-history.ts'
import { type Said, daysToJudge } from '../../core/availability/days-to-judge.ts'
import type { Contract } from '../../core/contract/contract.ts'
import { type ComponentDay, componentDays, putComponentDays } from '../../store/component-days.ts'
import { exclusionsWithin } from '../../store/exclusions.ts'
import { firstBeatMs } from '../../store/nodes.ts'
import type { Schema } from '../../store/schema.ts'
import { FINAL_AFTER_MS } from '../availability/read-time.ts'
import type { UsageReader } from '../usage/usage-questions.ts'
import { heldDuring } from './held-during.ts'
import type { Job } from './job-runner.ts'

/** How many days the status page shows, the running one among them. */
export const SHOWN_DAYS = 90

const EVERY_MS = 60_000
const DAY_MS = 86_400_000
/** A store with a long past is gone through in ten minutes, and no other job waits long meanwhile. */
const MOST_DAYS_A_RUN = 10

/**
 * Judges days for the status page once their slices are final, and again while late records may change them or when
 * somebody excludes a part of them. What is missing of the days shown is made up for, newest first.
 */
export function componentDaysJob(reader: UsageReader, contract: () => Contract): Job {
  return {
    name: 'component-days',
    forgetful: true,
    periods: (_db, nowMs) => [new Date(nowMs - (nowMs % EVERY_MS)).toISOString()],
    async run(_period, step) {
      const { days, nowMs } = await step(async (trx, atMs) => ({
        days: await waitingDays(trx, contract(), atMs),
        nowMs: atMs,
      }))
      for (const day of days.slice(0, MOST_DAYS_A_RUN)) {
        const judged = await heldDuring(step, reader.ask('day', { day, nowMs }))
        await step(trx => putComponentDays(trx, judged))
      }
    },
  }
}

async function waitingDays(
  db: Kysely<Schema>,
  { availability }: Contract,
  nowMs: number,
): Promise<readonly string[]> {
  const sinceMs = nowMs - SHOWN_DAYS * DAY_MS
  const components = ['', ...Object.keys(availability.groups)]
  return daysToJudge({
    finalMs: nowMs - FINAL_AFTER_MS,
    firstMs: await firstBeatMs(db),
    judged: judgedDays(await componentDays(db, utcDay(sinceMs)), components),
    said: await saidOfAll(db, sinceMs, nowMs),
    shown: SHOWN_DAYS,
  })
}

/** When each day was judged that has all components; the earliest of them counts. */
function judgedDays(rows: readonly ComponentDay[], components: readonly string[]): Map<string, number> {
  const judged = new Map<string, number>()
  for (const [day, own] of Map.groupBy(rows, row => row.day)) {
    const wanted = own.filter(({ component }) => components.includes(component))
    if (wanted.length === components.length) {
      judged.set(day, Math.min(...wanted.map(({ judgedMs }) => judgedMs)))
    }
  }
  return judged
}

/** Exclusions that hold for all, and their withdrawals; those of one customer change nothing here. */
async function saidOfAll(db: Kysely<Schema>, fromMs: number, toMs: number): Promise<Said[]> {
  const exclusions = await exclusionsWithin(db, { fromMs, toMs })
  return exclusions
    .filter(({ organizationId }) => organizationId === undefined)
    .map(({ startMs, endMs, createdMs, withdrawn }) => ({
      startMs,
      endMs,
      atMs: withdrawn?.atMs ?? createdMs,
    }))
}
