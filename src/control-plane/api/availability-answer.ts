import { z } from '@hono/zod-openapi'
import { exactText, uptimeText, uptimeWithin } from '../../core/availability/uptime.ts'
import type { Span } from '../../core/time/span.ts'
import type { MeasuredSpan } from '../availability/measured-span.ts'
import { instantText } from './instants.ts'

/** What every answer about the uptime of a span says, and how. */

export const uptimeFields = {
  uptime: z
    .string()
    .nullable()
    .openapi({ description: 'Per cent, floored; null: nothing was measured.', example: '99.98379' }),
  exact: z
    .string()
    .nullable()
    .openapi({ description: 'The same as an exact fraction of one.', example: '12958/12960' }),
  downSeconds: z.number().openapi({ description: 'That counts: after exclusions.' }),
}

export const requestSums = z.object({
  valid: z.number().int(),
  failed: z.number().int().openapi({ description: 'Of the valid ones.' }),
})

export const measuredFields = {
  from: z
    .string()
    .openapi({ description: 'What is judged begins here: never before the first beat of a node.' }),
  to: z.string().openapi({ description: 'Up to here slices are final and judged.' }),
  note: z
    .string()
    .nullable()
    .openapi({ description: 'Why it begins later than asked for, or why nothing is told.' }),
  sliceSeconds: z.number(),
  contractVersion: z.number().openapi({ description: 'Whose rule judged the slices.' }),
}

export function showUptime(downMs: number, span: Span) {
  const exact = uptimeWithin(downMs, span)
  return {
    uptime: exact ? uptimeText(exact) : null,
    exact: exact ? exactText(exact) : null,
    downSeconds: downMs / 1000,
  }
}

export function showMeasured(
  of: MeasuredSpan & { readonly sliceSeconds: number; readonly contractVersion: number },
) {
  const { span, note, sliceSeconds, contractVersion } = of
  return {
    from: instantText(span.startMs),
    to: instantText(span.endMs),
    note: note ?? null,
    sliceSeconds,
    contractVersion,
  }
}
