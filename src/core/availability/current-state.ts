/** How a component is now; `unknown`: nothing that could tell has come in. */
export type ComponentState = 'operational' | 'maintenance' | 'degraded' | 'outage' | 'unknown'

/** What the last minutes' slices say: none down, some, most of the last minute, or nothing. */
export type RecentSlices = 'up' | 'some-down' | 'down' | 'unknown'

export interface StateFacts {
  /** Of incidents that go on and are about the component itself. */
  readonly own: readonly ('minor' | 'major' | 'critical')[]
  /** Of incidents of the whole platform, when the component is a part of it. */
  readonly platform: readonly ('minor' | 'major' | 'critical')[]
  readonly isWorkedOn: boolean
  readonly recent: RecentSlices
}

/** One slice in five minutes is a blip; the incident rules begin at two as well. */
const FEWEST_DOWN = 2

/** `down` and `skipped` end with the newest slice that is known; `aMinute`: how many slices a minute has. */
export function recentSlices(down: Uint8Array, skipped: Uint8Array, aMinute: number): RecentSlices {
  const told = [...down.keys()].filter(slice => !skipped[slice])
  if (told.length === 0) return 'unknown'
  const failing = told.filter(slice => down[slice])
  if (failing.length < FEWEST_DOWN) return 'up'
  const last = told.filter(slice => slice >= down.length - aMinute)
  const lastDown = last.filter(slice => down[slice]).length
  return last.length > 0 && lastDown * 2 > last.length ? 'down' : 'some-down'
}

/**
 * What people said goes before what was measured, unless that is worse. A critical incident is an outage, and a major one of
 * a single component too; announced work explains only what nobody calls an incident.
 */
export function componentState({ own, platform, isWorkedOn, recent }: StateFacts): ComponentState {
  const impacts = [...own, ...platform]
  if (impacts.includes('critical') || own.includes('major') || recent === 'down') return 'outage'
  if (impacts.length > 0 || recent === 'some-down') return 'degraded'
  if (isWorkedOn) return 'maintenance'
  return recent === 'unknown' ? 'unknown' : 'operational'
}

/** The whole: `platform` is what is seen of all requests together, `parts` are the components that people know by name. */
export function overallState(platform: ComponentState, parts: readonly ComponentState[]): ComponentState {
  const all = [platform, ...parts]
  if (platform === 'outage' || (parts.length > 0 && parts.every(state => state === 'outage'))) return 'outage'
  if (all.includes('outage') || all.includes('degraded')) return 'degraded'
  if (all.includes('maintenance')) return 'maintenance'
  return platform === 'unknown' ? 'unknown' : 'operational'
}
