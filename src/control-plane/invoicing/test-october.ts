import { type Batch, emptyBatch } from '../../store/batch.ts'
import { closedMonthsOf } from '../../store/closed-months.ts'
import { creditsOf } from '../../store/credits.ts'
import { findEvidence } from '../../store/evidence.ts'
import type { Store } from '../../store/open-store.ts'
import { findSlaMonth } from '../../store/sla-months.ts'
import { userKey } from '../../store/user-key.ts'
import { allInvoices, at } from './test-customers.ts'

const HOUR_MS = 3_600_000
const SLICE_MS = 10_000

/**
 * What two nodes saw of an app in October, in three batches: 14 users, at most seven sockets at once, requests of one
 * minute in two batches, and 2,000 seconds down.
 */
export function busyOctober(appId: string): Batch[] {
  const startMs = at('2026-10-05T12:00:00Z')
  const users = (names: readonly number[]) =>
    names.map(name => ({ appId, userKey: userKey(appId, `user_${name}`), atMs: startMs }))
  const opened = (ids: string, atMs: number) =>
    ids.split('').map((id, user) => ({
      id: `${appId}_${id}`,
      appId,
      userKey: userKey(appId, `user_${user}`),
      platform: 'web',
      endpoint: 'Connect',
      atMs,
    }))
  const closed = (ids: string, atMs: number) => ids.split('').map(id => ({ id: `${appId}_${id}`, atMs }))
  const asked = { appId, endpoint: 'SendMessage', platform: 'web', outcome: 'served' as const }
  const requests = (count: number) => [{ ...asked, minuteMs: startMs, count, latency: [0, count] }]
  const down = Array.from({ length: 200 }, (_, slice) => {
    return { name: appId, sliceMs: startMs + slice * SLICE_MS, seconds: 10, valid: 50, failed: 50 }
  })
  return [
    {
      ...emptyBatch('node_1', 1, startMs + 1000),
      users: users([0, 1, 2, 3, 4, 5, 6]),
      opened: opened('abcd', startMs),
      requests: requests(40),
      appSlices: down,
    },
    {
      ...emptyBatch('node_1', 2, startMs + HOUR_MS),
      users: users([5, 6, 7, 8, 9]),
      closed: closed('abcd', startMs + HOUR_MS),
      requests: requests(2),
      appSlices: down.slice(0, 100),
    },
    {
      ...emptyBatch('node_2', 1, startMs + 2 * HOUR_MS),
      users: users([0, 9, 10, 11, 12, 13]),
      opened: opened('efg', startMs + HOUR_MS / 2),
      closed: closed('efg', startMs + 2 * HOUR_MS),
      beats: [{ fromMs: startMs, toMs: startMs + 1000 }],
    },
  ]
}

/** All that a customer could be shown of its closed October. */
export async function octoberBooks({ db }: Store, organizationId: string) {
  return {
    invoices: await allInvoices(db),
    credits: await creditsOf(db, organizationId),
    months: await closedMonthsOf(db, organizationId),
    sla: await findSlaMonth(db, organizationId, '2026-10'),
    evidence: await findEvidence(db, organizationId, '2026-10'),
  }
}
