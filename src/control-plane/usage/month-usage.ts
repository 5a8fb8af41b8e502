import type { Kysely } from 'kysely'
import { createPeakMeter } from '../../core/metering/peak-meter.ts'
import { inOpeningOrder } from '../../core/metering/connection.ts'
import { monthSpan } from '../../core/time/month.ts'
import { activeUsers } from '../../store/recording.ts'
import { connectionsOf } from '../../store/month-connections.ts'
import type { Schema } from '../../store/schema.ts'

/** What an organization used in a UTC month, over all its apps and nodes; so far, of a running one. */
export interface MonthUsage {
  /** Distinct users an app, added up over the apps. */
  readonly mau: number
  /** The exact peak. */
  readonly connections: number
}

export async function monthUsage(
  db: Kysely<Schema>,
  organizationId: string,
  month: string,
): Promise<MonthUsage> {
  const { startMs, endMs } = monthSpan(month)
  const users = await activeUsers(db, organizationId, month)
  const meter = createPeakMeter([startMs, endMs])
  for (const connection of inOpeningOrder(await connectionsOf(db, organizationId, { startMs, endMs }))) {
    meter.add(connection)
  }
  return { mau: users.length, connections: meter.finish()[0]?.peak ?? 0 }
}
