import { monthOf, monthSpan } from '../../core/time/month.ts'
import type { MaintenanceWindow } from '../../store/maintenance.ts'
import { type PricedVersion, versionAt } from '../invoicing/agreement.ts'

/** The notice, in hours, by which a window's month is judged: that of the contract in force when the month begins. */
export function noticeHoursOf(
  versions: readonly PricedVersion[],
  { startMs }: Pick<MaintenanceWindow, 'startMs'>,
): number {
  const { contract } = versionAt(versions, monthSpan(monthOf(startMs)).startMs)
  return contract.availability.maintenanceNoticeHours
}
