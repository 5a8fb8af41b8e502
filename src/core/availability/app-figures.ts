import { type Span, intersection, lengthMs, subtraction } from '../time/span.ts'
import { type JudgedTime, excludedSpans } from './organization-slices.ts'
import type { SliceCounts } from './slice-grid.ts'

/** Valid requests, and those of them that failed. */
export interface RequestSums {
  readonly valid: number
  readonly failed: number
}

/** What a stretch of time came to for one app. Plain data. */
export interface AppFigures extends RequestSums {
  readonly appId: string
  /** That counts: after exclusions. */
  readonly downMs: number
}

/** Of each app: its requests in all slices that are judged, and its down time `within` these spans. */
export function appFigures(judged: JudgedTime, within: readonly Span[]): AppFigures[] {
  const excluded = excludedSpans(judged)
  return judged.apps.map(({ appId, own, outages }) => {
    const down = subtraction(intersection(outages, within), excluded)
    return { appId, downMs: lengthMs(down), ...requestSums(judged.lead, own) }
  })
}

/** From the slice `lead` on. */
export function requestSums(lead: number, { valid, failed }: SliceCounts): RequestSums {
  return { valid: sumFrom(lead, valid), failed: sumFrom(lead, failed) }
}

export function sumOfRequests(all: readonly RequestSums[]): RequestSums {
  const sum = { valid: 0, failed: 0 }
  for (const { valid, failed } of all) {
    sum.valid += valid
    sum.failed += failed
  }
  return sum
}

function sumFrom(lead: number, counts: Uint32Array): number {
  let sum = 0
  for (let slice = lead; slice < counts.length; slice++) sum += counts[slice]!
  return sum
}
