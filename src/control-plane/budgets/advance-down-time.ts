import type { Transaction } from 'kysely'
import { burnWindows } from '../../core/availability/error-budget.ts'
import type { Availability, Contract } from '../../core/contract/contract.ts'
import { monthOf, monthSpan } from '../../core/time/month.ts'
import type { Span } from '../../core/time/span.ts'
import {
  type DownTimePart,
  type JudgedDownTime,
  forgetDownTime,
  judgedDownTime,
  replaceDownTime,
  setJudgedDownTime,
} from '../../store/down-time.ts'
import { firstBeatMs } from '../../store/nodes.ts'
import type { Schema } from '../../store/schema.ts'
import { FINAL_AFTER_MS } from '../availability/read-time.ts'
import { heldDuring } from '../jobs/held-during.ts'
import type { Step } from '../jobs/job-runner.ts'
import type { UsageReader } from '../usage/usage-questions.ts'
import { definitionOf } from './judge-components.ts'

export interface AdvanceParts {
  readonly reader: UsageReader
  readonly contract: () => Contract
}

/** One question judges so much at most: for a thousand apps that is seconds of the thread that reads. */
const A_LOOK_MS = 6 * 3_600_000
/** One run catches up for so long at most, so that other jobs have their turn. */
const BUSY_MS = 5000
/** Late batches are looked for so far back, an hour at a time, one every few minutes. */
const LOOK_BACK_MS = 86_400_000
const AGAIN_MS = 3_600_000
const AGAIN_EVERY_MS = 5 * 60_000
/** Longer than any month and the three days before it. */
const KEPT_MS = 40 * 86_400_000

/** Judges slices that have become final since the last time, once, and keeps when somebody was down in them. */
export async function advanceDownTime(parts: AdvanceParts, step: Step): Promise<void> {
  for (const part of ['organizations', 'components'] as const) {
    const beganMs = performance.now()
    while (performance.now() - beganMs < BUSY_MS) {
      const next = await step((trx, nowMs) => nextSpan(trx, part, parts.contract().availability, nowMs))
      if (next === undefined) break
      const found = await heldDuring(step, judge(parts, part, next))
      await step(async (trx, nowMs) => {
        if (next.isNew) await forgetDownTime(trx, part, Number.MAX_SAFE_INTEGER)
        await replaceDownTime(trx, part, next.span, found)
        await setJudgedDownTime(trx, part, next.after)
        await forgetDownTime(trx, part, nowMs - KEPT_MS)
      })
      if (next.isAgain) break
    }
  }
}

interface NextSpan {
  readonly span: Span
  /** Slices up to here are final. */
  readonly finalMs: number
  readonly nowMs: number
  /** What is judged once this span is. */
  readonly after: JudgedDownTime
  /** What was kept before is of no use. */
  readonly isNew: boolean
  /** It was judged before. */
  readonly isAgain: boolean
}

/** undefined: everything is judged, or nothing was ever recorded. */
async function nextSpan(
  trx: Transaction<Schema>,
  part: DownTimePart,
  availability: Availability,
  nowMs: number,
): Promise<NextSpan | undefined> {
  const sliceMs = availability.sliceSeconds * 1000
  const align = (ms: number) => Math.floor(ms / sliceMs) * sliceMs
  const finalMs = align(nowMs - FINAL_AFTER_MS)
  const judgedAs = part === 'components' ? definitionOf(availability) : ''
  const found = await judgedDownTime(trx, part)
  const known = found?.judgedAs === judgedAs ? found : undefined
  const startMs = known?.judgedToMs ?? (await earliest(trx, nowMs, align))
  if (startMs === undefined) return undefined
  const common = { finalMs, nowMs, isNew: known === undefined }
  if (startMs < finalMs) {
    const endMs = Math.min(finalMs, startMs + A_LOOK_MS)
    const after = { judgedToMs: endMs, judgedAgainMs: known?.judgedAgainMs ?? endMs, judgedAs }
    return { ...common, span: { startMs, endMs }, after, isAgain: false }
  }
  return known && lookBack(known, align, { ...common, judgedAs })
}

/** An hour of the last day, when it is time for one: so what came late is found within two hours. */
function lookBack(
  known: JudgedDownTime,
  align: (ms: number) => number,
  {
    nowMs,
    judgedAs,
    ...common
  }: Omit<NextSpan, 'span' | 'after' | 'isAgain'> & { readonly judgedAs: string },
): NextSpan | undefined {
  const { judgedToMs, judgedAgainMs } = known
  const minute = Math.floor(nowMs / 60_000) * 60_000
  const isTime = minute % AGAIN_EVERY_MS === 0 && judgedToMs > judgedAgainMs
  if (!isTime) return undefined
  const isPast = judgedAgainMs < judgedToMs - LOOK_BACK_MS || judgedAgainMs + AGAIN_MS > judgedToMs
  const startMs = align(isPast ? judgedToMs - LOOK_BACK_MS : judgedAgainMs)
  const span = { startMs, endMs: Math.min(judgedToMs, startMs + AGAIN_MS) }
  return { ...common, nowMs, span, isAgain: true, after: { judgedToMs, judgedAgainMs: span.endMs, judgedAs } }
}

/** Where the burn rates of the month's first instant look back to, or the first beat there was. */
async function earliest(
  trx: Transaction<Schema>,
  nowMs: number,
  align: (ms: number) => number,
): Promise<number | undefined> {
  const firstMs = await firstBeatMs(trx)
  if (firstMs === undefined) return undefined
  return align(Math.max(firstMs, monthSpan(monthOf(nowMs)).startMs - burnWindows.threeDays * 1000))
}

async function judge(
  { reader }: AdvanceParts,
  part: DownTimePart,
  { span, finalMs, nowMs }: NextSpan,
): Promise<Map<string, readonly Span[]>> {
  if (part === 'components') {
    const found = await reader.ask('componentOutages', { ...span, nowMs })
    return new Map(found.map(({ subject, outages }) => [subject, outages]))
  }
  const found = await reader.ask('outages', { ...span, finalMs })
  return new Map(found.map(({ organizationId, outages }) => [organizationId, outages]))
}
