import type { Kysely } from 'kysely'
import { utcDay } from '../../src/core/availability/day-history.ts'
import { type ComponentDay, putComponentDays } from '../../src/store/component-days.ts'
import { addIncident, addIncidentUpdate } from '../../src/store/incidents.ts'
import { addMaintenance } from '../../src/store/maintenance.ts'
import type { Schema } from '../../src/store/schema.ts'
import { addSlices } from '../../src/store/slices.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** The groups of the sample, to be put into contracts/chat.yaml. */
const sampleGroups = `
  groups:
    Messaging: [SendMessage, SendEvent, MarkRead]
    Channels: [QueryChannels, GetOrCreateChannel]
    Connections: [Connect]
    Search: [Search]
`

/** Puts the groups where the contract speaks of availability. */
export function withGroups(yaml: string): string {
  return yaml.replace(/(availability:.*\n)/, `$1${sampleGroups.slice(1)}`)
}

const components = ['', 'Messaging', 'Channels', 'Connections', 'Search']
/** Days ago, and how long each component was down then. */
const outages: Readonly<Record<number, Readonly<Record<string, number>>>> = {
  3: { Search: 40_000 },
  17: { '': 420_000, Messaging: 460_000, Channels: 20_000 },
  18: { Messaging: 70_000 },
  41: { '': 7_800_000, Messaging: 7_800_000, Channels: 7_800_000, Connections: 9_000_000, Search: 7_800_000 },
  66: { Search: 30_000_000 },
}

/**
 * Ninety days as a real API has them: measured for 84, some outages, two windows of maintenance behind and one ahead, an
 * incident that goes on with three updates and one that is over.
 */
export async function addSampleStatus(db: Kysely<Schema>, nowMs: number): Promise<void> {
  const today = Date.parse(utcDay(nowMs))
  const firstMs = today - 84 * DAY_MS + 9 * 3_600_000
  await db.insertInto('node_beats').values({ node: 'node_1', from_ms: firstMs, to_ms: nowMs }).execute()
  for (let ago = 84; ago > 0; ago--) {
    const day = utcDay(today - ago * DAY_MS)
    const measuredMs = ago === 84 ? DAY_MS - 9 * 3_600_000 : DAY_MS
    await putComponentDays(
      db,
      components.map(component =>
        sampleDay(component, day, measuredMs, outages[ago]?.[component] ?? 0, nowMs),
      ),
    )
  }
  await addRecentSlices(db, nowMs)
  await addSampleMaintenance(db, nowMs, today)
  await addSampleIncidents(db, nowMs, today)
}

function sampleDay(
  component: string,
  day: string,
  measuredMs: number,
  downMs: number,
  judgedMs: number,
): ComponentDay {
  const counted = { idleMs: 0, excludedMs: 0, unmeasuredMs: 0, valid: 1_000_000, failed: 12 }
  return { component, day, measuredMs, downMs, ...counted, contract: 1, judgedMs }
}

/** All is well but for one endpoint, which fails since some minutes. */
async function addRecentSlices(db: Kysely<Schema>, nowMs: number): Promise<void> {
  const first = Math.floor(nowMs / 10_000) * 10_000 - 30 * MINUTE_MS
  const slices = Array.from({ length: 180 }, (_, at) => first + at * 10_000)
  const ofEndpoint = (name: string, failing: boolean) =>
    slices.map(sliceMs => {
      const failed = failing && sliceMs > nowMs - 20 * MINUTE_MS ? 6 : 0
      return { name, sliceMs, seconds: 10, valid: 40, failed }
    })
  await addSlices(
    db,
    [],
    [
      ...['SendMessage', 'QueryChannels', 'Connect', 'GetApp'].flatMap(name => ofEndpoint(name, false)),
      ...ofEndpoint('Search', true),
    ],
  )
}

async function addSampleMaintenance(db: Kysely<Schema>, nowMs: number, today: number): Promise<void> {
  const window = (id: string, title: string, startMs: number, minutes: number) => ({
    id,
    title,
    startMs,
    endMs: startMs + minutes * MINUTE_MS,
    announcedMs: Math.min(nowMs, startMs) - 4 * DAY_MS,
    cancelledMs: undefined,
    extends: undefined,
    author: 'mem_secret',
  })
  await addMaintenance(db, window('mnt_1', 'A larger cache', today - 30 * DAY_MS + 2 * 3_600_000, 90))
  await addMaintenance(db, window('mnt_2', 'New certificates', today - 9 * DAY_MS + 3 * 3_600_000, 20))
  await addMaintenance(
    db,
    window('mnt_3', 'Move to the new database cluster', today + 5 * DAY_MS + 7_200_000, 120),
  )
}

async function addSampleIncidents(db: Kysely<Schema>, nowMs: number, today: number): Promise<void> {
  const base = { source: 'person' as const, mergedInto: undefined }
  await addIncident(db, {
    ...base,
    id: 'inc_open',
    title: 'Searches are slow and some fail',
    impact: 'minor',
    status: 'monitoring',
    component: 'Search',
    startedMs: nowMs - 20 * MINUTE_MS,
    resolvedMs: undefined,
    createdMs: nowMs - 18 * MINUTE_MS,
  })
  await say(db, 'inc_open', [
    [
      nowMs - 18 * MINUTE_MS,
      'investigating',
      'About one search in seven fails since a few minutes. We are looking into it.',
    ],
    [
      nowMs - 11 * MINUTE_MS,
      'identified',
      'One of three index nodes has run out of memory.\nSearches that reach it fail; all else works.',
    ],
    [
      nowMs - 4 * MINUTE_MS,
      'monitoring',
      'The node was restarted with more memory & joins the index again. We keep watching it.',
    ],
  ])
  const startedMs = today - 17 * DAY_MS + 14 * 3_600_000
  for (const [id, ago, title, impact] of [
    ['inc_over', 0, 'Messages are delivered late', 'major'],
    ['inc_recent', -14, 'Searches failed for a moment', 'minor'],
    ['inc_old', 24, 'Outage of the API', 'critical'],
  ] as const) {
    const beganMs = startedMs - ago * DAY_MS
    const over = { startedMs: beganMs, resolvedMs: beganMs + 7 * MINUTE_MS, createdMs: beganMs + MINUTE_MS }
    await addIncident(db, { ...base, ...over, id, title, impact, status: 'resolved', component: undefined })
    await say(db, id, [
      [beganMs + MINUTE_MS, 'investigating', 'We see more errors than usual and look into it.'],
      [beganMs + 8 * MINUTE_MS, 'resolved', 'A bad release was taken back. All works again.'],
    ])
  }
}

async function say(
  db: Kysely<Schema>,
  id: string,
  lines: readonly (readonly [number, 'investigating' | 'identified' | 'monitoring' | 'resolved', string])[],
): Promise<void> {
  for (const [atMs, status, text] of lines) {
    await addIncidentUpdate(db, id, { atMs, status, text, author: 'mem_secret' })
  }
}
