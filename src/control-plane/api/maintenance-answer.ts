import { z } from '@hono/zod-openapi'
import { excludedWindow, isAnnouncedLate } from '../../core/availability/maintenance.ts'
import type { MaintenanceWindow } from '../../store/maintenance.ts'
import { instantText } from './instants.ts'

const stretch = z.object({ start: z.string(), end: z.string() })

export const maintenanceAnswer = z
  .object({
    id: z.string().openapi({ example: 'mnt_2c81d0f5b7694a3e90fd12ab' }),
    title: z.string(),
    start: z.string(),
    end: z.string(),
    announcedAt: z.string(),
    cancelledAt: z.string().nullable(),
    extends: z.string().nullable().openapi({ description: 'The window that this one makes longer.' }),
    author: z.string(),
    noticeSeconds: z
      .number()
      .int()
      .openapi({ description: 'How long before its start it was announced, rounded down.' }),
    neededSeconds: z.number().int().openapi({ description: 'The notice that the contract asks for.' }),
    countsAgainstSla: z.boolean().openapi({ description: 'It was announced too late to be excluded.' }),
    excluded: stretch.nullable().openapi({ description: 'What of it counts against no SLA.' }),
    because: z.string(),
  })
  .openapi('Maintenance')

export function showMaintenance(
  window: MaintenanceWindow,
  noticeHours: number,
): z.output<typeof maintenanceAnswer> {
  const { id, title, startMs, endMs, announcedMs, cancelledMs, author } = window
  const { span, because } = excludedWindow(window, noticeHours)
  return {
    id,
    title,
    start: instantText(startMs),
    end: instantText(endMs),
    announcedAt: instantText(announcedMs),
    cancelledAt: cancelledMs === undefined ? null : instantText(cancelledMs),
    extends: window.extends ?? null,
    author,
    noticeSeconds: Math.floor((startMs - announcedMs) / 1000),
    neededSeconds: noticeHours * 3600,
    countsAgainstSla: isAnnouncedLate(window, noticeHours),
    excluded: span === undefined ? null : { start: instantText(span.startMs), end: instantText(span.endMs) },
    because,
  }
}
