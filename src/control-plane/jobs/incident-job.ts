import type { Transaction } from 'kysely'
import {
  type Burn,
  type BurnFacts,
  type Calm,
  BURN_LOOK_BACK_MS,
  findBurn,
  findCalm,
} from '../../core/availability/burn-rate.ts'
import type { Contract } from '../../core/contract/contract.ts'
import { addAuditEntry } from '../../store/audit.ts'
import {
  type Incident,
  type IncidentImpact,
  incidentImpacts,
  incidentUpdates,
  incidentsSince,
  mergedIncidents,
} from '../../store/incidents.ts'
import type { Schema } from '../../store/schema.ts'
import { type ComponentSlices, askedOf } from '../availability/component-slices.ts'
import { openIncident, resolveIncident, updateIncident } from '../availability/incident-changes.ts'
import type { UsageReader } from '../usage/usage-questions.ts'
import { burnText, calmText, componentWords, raisedText } from './incident-words.ts'
import type { Job } from './job-runner.ts'
import { watchStore } from './store-watch.ts'

export interface IncidentJobParts {
  readonly reader: UsageReader
  readonly contract: () => Contract
  /** Of the machine, not a test's. */
  readonly realClock: () => number
  /** How fast a test's clock runs; else 1. What nodes send takes real time to come. */
  readonly speed: number
}

const EVERY_MS = 60_000
/** Batches of a busy node come up to five seconds late; what is newer would look like silence. */
const KNOWN_AFTER_MS = 15_000
const AUTHOR = 'weir'

/**
 * Looks at the slices of the platform and of each group every minute: opens an incident where they burn, and closes what
 * it opened when it is calm again. A component has one open incident at most, whoever opened it.
 */
export function incidentJob({ reader, contract, realClock, speed }: IncidentJobParts): Job {
  const reach = watchStore(realClock)
  return {
    name: 'incidents',
    forgetful: true,
    async periods(db, nowMs) {
      await reach.look(db)
      return [new Date(nowMs - (nowMs % EVERY_MS)).toISOString()]
    },
    async run(_period, step) {
      const nowMs = await step(async (_trx, atMs) => atMs)
      const asked = askedOf(contract())
      const sliceMs = asked.availability.sliceSeconds * 1000
      const endMs = Math.floor((nowMs - KNOWN_AFTER_MS * speed) / sliceMs) * sliceMs
      const span = { startMs: endMs - BURN_LOOK_BACK_MS, endMs }
      const question = { ...asked, ...span, silenceIsDown: reach.isSteady(), nowMs }
      const seen = await reader.ask('components', question)
      await step((trx, atMs) => follow(trx, seen, atMs))
    },
  }
}

/** An incident that goes on, with every component that it is about: its own, and those of what was merged into it. */
interface OpenIncident {
  readonly incident: Incident
  readonly about: readonly (string | undefined)[]
}

async function follow(trx: Transaction<Schema>, seen: ComponentSlices, nowMs: number): Promise<void> {
  const { grid, skipped } = seen
  const facts = new Map(seen.components.map(({ name, down }) => [name, { grid, skipped, down }]))
  const known = await knownIncidents(trx, grid.startMs)
  const open = known.filter(({ incident }) => incident.resolvedMs === undefined)
  const overMs = (names: readonly (string | undefined)[]) =>
    Math.max(
      -Infinity,
      ...known
        .filter(({ about }) => about.some(name => names.includes(name)))
        .map(each => each.incident.resolvedMs ?? -Infinity),
    )

  let isPlatformTold = open.some(
    ({ incident, about }) => incident.source === 'slices' && about.includes(undefined),
  )
  for (const [name, slices] of facts) {
    const burn = findBurn(slices, overMs([undefined, name]))
    if (burn === undefined) continue
    const held = open.find(({ about }) => about.includes(name))
    if (held !== undefined) await tellMore(trx, held.incident, { name, burn }, nowMs)
    // What fails with the platform is told by the platform's incident.
    else if (!isPlatformTold) await openFor(trx, { name, burn }, nowMs)
    if (name === undefined) isPlatformTold = true
  }
  for (const each of open) if (each.incident.source === 'slices') await closeIfCalm(trx, each, facts, nowMs)
}

async function knownIncidents(trx: Transaction<Schema>, sinceMs: number): Promise<OpenIncident[]> {
  const incidents = await incidentsSince(trx, sinceMs)
  const merged = Map.groupBy(
    await mergedIncidents(
      trx,
      incidents.map(({ id }) => id),
    ),
    each => each.mergedInto,
  )
  return incidents.map(incident => ({
    incident,
    about: [incident, ...(merged.get(incident.id) ?? [])].map(({ component }) => component),
  }))
}

interface Measured {
  /** undefined: the whole platform. */
  readonly name: string | undefined
  readonly burn: Burn
}

function impactOf({ name, burn }: Measured): IncidentImpact {
  if (burn.rule === 'slow') return 'minor'
  return name === undefined ? 'critical' : 'major'
}

async function openFor(trx: Transaction<Schema>, measured: Measured, atMs: number): Promise<void> {
  const { name, burn } = measured
  const named = componentWords(name)
  const title = burn.rule === 'fast' ? `Outage of ${named}` : `Repeated failures of ${named}`
  const impact = impactOf(measured)
  const { startedMs, because } = burn
  const wanted = {
    title,
    impact,
    component: name,
    startedMs,
    status: 'investigating',
    source: 'slices',
  } as const
  const { id } = await openIncident(trx, wanted, { text: burnText(name, burn), author: AUTHOR, atMs })
  await audit(trx, 'incident.opened', id, { title, impact, because }, atMs)
}

/**
 * An incident that is worse by now than is said of it gets the impact that was measured, whoever opened it: a small one
 * that was forgotten must not hide an outage. A person's is told too what was measured as small, and not every minute. A
 * person who lowers what was raised is not argued with for as long as is looked back.
 */
async function tellMore(
  trx: Transaction<Schema>,
  incident: Incident,
  measured: Measured,
  atMs: number,
): Promise<void> {
  const { name, burn } = measured
  const impact = impactOf(measured)
  const raised = raisedText(impact)
  const own = (await incidentUpdates(trx, incident.id)).filter(
    update => update.author === AUTHOR && update.atMs > atMs - BURN_LOOK_BACK_MS,
  )
  const isWorse = incidentImpacts.indexOf(impact) > incidentImpacts.indexOf(incident.impact)
  const raises = isWorse && !own.some(({ text }) => text.endsWith(raised))
  if (!raises && (incident.source === 'slices' || own.length > 0)) return
  const text = raises ? `${burnText(name, burn)} ${raised}` : burnText(name, burn)
  const changed = { status: incident.status, impact: raises ? impact : incident.impact }
  await updateIncident(trx, incident, changed, { text, author: AUTHOR, atMs })
  await audit(trx, 'incident.updated', incident.id, { impact: changed.impact, because: burn.because }, atMs)
}

async function closeIfCalm(
  trx: Transaction<Schema>,
  { incident, about }: OpenIncident,
  facts: ReadonlyMap<string | undefined, BurnFacts>,
  atMs: number,
): Promise<void> {
  const calms: Calm[] = []
  for (const name of about) {
    const slices = facts.get(name)
    // A group that the contract has no more says nothing, and holds nothing open.
    const calm = slices === undefined ? gone(incident) : findCalm(slices, incident.startedMs)
    if (calm === undefined) return
    calms.push(calm)
  }
  const calm = calms.toSorted((a, b) => b.endedMs - a.endedMs)[0]!
  const text = calmText(incident.component, calm)
  await resolveIncident(trx, incident, calm.endedMs, { text, author: AUTHOR, atMs })
  await audit(trx, 'incident.resolved', incident.id, { because: calm.because }, atMs)
}

function gone({ startedMs, component }: Incident): Calm {
  return { endedMs: startedMs, because: `The contract in force has no group “${component ?? ''}” any more.` }
}

async function audit(
  trx: Transaction<Schema>,
  action: string,
  subject: string,
  details: Readonly<Record<string, unknown>>,
  atMs: number,
): Promise<void> {
  await addAuditEntry(trx, { atMs, actor: AUTHOR, action, subject, organizationId: undefined, details })
}
