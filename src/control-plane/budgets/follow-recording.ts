import type { Transaction } from 'kysely'
import { isUnderWay } from '../../core/availability/maintenance.ts'
import { type HeardNode, type Silence, findSilence } from '../../core/availability/recording-silence.ts'
import { isoInstant } from '../../core/time/instant.ts'
import { type Alert, addAlert, clearAlert, markMailed, openAlerts } from '../../store/alerts.ts'
import { addEvent } from '../../store/events.ts'
import { maintenanceWithin } from '../../store/maintenance.ts'
import { nodesInUse } from '../../store/nodes.ts'
import type { Schema } from '../../store/schema.ts'
import { instantText } from '../api/instants.ts'
import { mailProvider } from '../channels/mail-provider.ts'
import type { Mails } from '../channels/mail.ts'

/** The subject of an alert about all nodes. */
const ALL_NODES = 'recording'
/** Heard of within three times a dead node's silence: it is back, and not at the edge of the next alarm. */
const BACK_AFTER_SILENCES = 3

/**
 * Opens an alert when records stop coming, of a node or of all, and clears it when they come again. Nothing is opened
 * during announced work. Told to the provider alone.
 */
export async function followRecording(trx: Transaction<Schema>, mails: Mails, nowMs: number): Promise<void> {
  const nodes = await nodesInUse(trx, nowMs)
  const open = await openAlerts(trx, 'recording.silent')
  const news: string[] = []
  const silences = (await isQuiet(trx, nowMs)) ? [] : findSilence(nodes, nowMs)
  for (const silence of silences) {
    if (open.has(subjectOf(silence)) || open.has(ALL_NODES)) continue
    news.push(await tellSilent(trx, silence, nowMs))
  }
  const stillSilent = new Set(findSilence(nodes, nowMs, BACK_AFTER_SILENCES).map(subjectOf))
  for (const alert of open.values()) {
    if (stillSilent.has(alert.subject) || stillSilent.has(ALL_NODES)) continue
    news.push(await tellResumed(trx, alert, nodes, nowMs))
  }
  if (news.length === 0) return
  const subject =
    silences.length > 0 ? 'Records of the gateway do not arrive' : 'Records of the gateway arrive again'
  const text = `${news.join('\n\n')}

What to look at: docs/operations/runbooks/recording-silent.md
`
  await mailProvider(trx, mails, { subject, text }, nowMs)
  await markMailed(trx, ['recording.silent'], nowMs)
}

async function isQuiet(trx: Transaction<Schema>, nowMs: number): Promise<boolean> {
  const windows = await maintenanceWithin(trx, { fromMs: nowMs, toMs: nowMs + 1 })
  return windows.some(window => isUnderWay(window, nowMs))
}

async function tellSilent(trx: Transaction<Schema>, silence: Silence, atMs: number): Promise<string> {
  const { nodeId, sinceMs } = silence
  const who = nodeId === undefined ? 'No node of the gateway' : `The gateway node ${nodeId}`
  const verb = nodeId === undefined ? 'has been heard of' : 'has not been heard of'
  const because = `${who} ${verb} since ${isoInstant(sinceMs)}. What it records from then on is not in the store.`
  const alert = { kind: 'recording.silent', subject: subjectOf(silence), level: '' } as const
  await addAlert(trx, { ...alert, because, openedMs: atMs })
  const data = { node: nodeId ?? null, since: instantText(sinceMs), because }
  await addEvent(trx, { type: 'recording.silent', atMs, data })
  return because
}

async function tellResumed(
  trx: Transaction<Schema>,
  { id, subject, openedMs }: Alert,
  nodes: readonly HeardNode[],
  atMs: number,
): Promise<string> {
  const node = nodes.find(each => each.id === subject)
  const isBack = subject === ALL_NODES || (node !== undefined && node.lastSeenMs > openedMs)
  const who = subject === ALL_NODES ? 'Records of the gateway' : `Records of the gateway node ${subject}`
  const because = isBack
    ? `${who} arrive again.`
    : `${who} are expected no more: it ended, another one took its place, or it was gone for a day.`
  await clearAlert(trx, id, atMs)
  const data = { node: subject === ALL_NODES ? null : subject, since: instantText(openedMs), because }
  await addEvent(trx, { type: 'recording.resumed', atMs, data })
  return because
}

function subjectOf({ nodeId }: Silence): string {
  return nodeId ?? ALL_NODES
}
