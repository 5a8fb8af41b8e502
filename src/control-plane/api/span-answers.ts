import { z } from '@hono/zod-openapi'
import type { DownSpan } from '../../core/availability/organization-slices.ts'
import type { Span } from '../../core/time/span.ts'
import { instantText } from './instants.ts'

/** Spans of time and what was down in them, as every answer about uptime shows them. */

export const seconds = z.number().openapi({ example: 420 })

export const spanAnswer = z.object({ start: z.string(), end: z.string(), seconds })

export const downSpan = spanAnswer.extend({
  apps: z.array(z.string()),
  valid: z.number().openapi({ description: 'Requests of those apps.' }),
  failed: z.number(),
  decidedBy: z.array(z.string()),
  decidedOn: z.object({ from: z.string(), valid: z.number(), failed: z.number() }).nullable().openapi({
    description:
      'Where adjoining slices decided: the requests from then on that did, which lie before the span as a rule; else null.',
  }),
})

export const stateSeconds = z
  .object({
    up: z.number(),
    down: z.number().openapi({ description: 'Before exclusions.' }),
    idle: z.number().openapi({ description: 'Nothing was asked for; it counts as up.' }),
    excluded: z.number(),
    unmeasured: z.number().openapi({ description: 'Records are missing; others decided.' }),
  })
  .openapi('StateSeconds')

export function showDownSpan({ apps, valid, failed, decidedBy, decidedOn, ...span }: DownSpan) {
  return {
    ...showSpan(span),
    apps: [...apps],
    valid,
    failed,
    decidedBy: [...decidedBy],
    decidedOn: decidedOn
      ? { from: instantText(decidedOn.fromMs), valid: decidedOn.valid, failed: decidedOn.failed }
      : null,
  }
}

export function showSpan({ startMs, endMs }: Span): z.output<typeof spanAnswer> {
  return { start: instantText(startMs), end: instantText(endMs), seconds: (endMs - startMs) / 1000 }
}
