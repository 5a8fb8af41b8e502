import * as z from 'zod'

import { type Connection, inOpeningOrder } from '../../core/metering/connection.ts'
import { createPeakMeter } from '../../core/metering/peak-meter.ts'
import type { Peak } from '../../core/metering/running-peak.ts'
import { map } from '../../core/contract/shape-leaves.ts'
import { readInput } from './read-input.ts'
import { InputError } from './input-error.ts'

/**
 * The most connections open at once and the first instant of it, in the unit of the input; `at` is null when none
 * was ever open. Throws InputError for what is no list of connections.
 */
export function explainPeak(input: unknown): { peak: number; at: number | null; because: string[] } {
  const { connections } = readInput(peakShape, input)
  const ordered = inOpeningOrder(connections.map(connectionOf))
  const [first] = ordered
  const peak = first === undefined ? undefined : peakFrom(first.openMs, ordered)
  return {
    peak: peak?.peak ?? 0,
    at: peak?.atMs ?? null,
    because: becauseOf(connections.length, ordered, peak),
  }
}

const instantPhrase = 'a whole number, such as Unix milliseconds'
const textPhrase = 'text'
const instant = () => z.int({ error: instantPhrase })
const text = () => z.string({ error: textPhrase }).optional()

const peakShape = map({
  connections: z.array(
    map({
      open: instant(),
      close: instant().nullable().optional(),
      id: text(),
      app: text(),
      platform: text(),
      user: text(),
    }),
    { error: 'a list of connections, such as `[{"open":0,"close":10}]`' },
  ),
})

type Line = z.infer<typeof peakShape>['connections'][number]

function connectionOf(line: Line, index: number): Connection {
  const closeMs = line.close ?? undefined
  if (closeMs !== undefined && closeMs < line.open) {
    throw new InputError(
      `\`connections[${index}].close\`: expected an instant at or after its \`open\`, ${line.open}; found ${closeMs}`,
    )
  }
  return {
    id: line.id ?? `[${index}]`,
    app: line.app ?? '',
    platform: line.platform ?? '',
    user: line.user,
    openMs: line.open,
    closeMs,
  }
}

function peakFrom(startMs: number, connections: readonly Connection[]): Peak | undefined {
  const meter = createPeakMeter([startMs, Number.MAX_SAFE_INTEGER])
  for (const connection of connections) meter.add(connection)
  return meter.finish().periods[0]
}

function becauseOf(reported: number, connections: readonly Connection[], peak: Peak | undefined): string[] {
  const repeats = reported - connections.length
  const counted = [
    `${reported} connections, each open from its \`open\` up to but not at its \`close\`; one without \`close\` is open still.`,
    ...(repeats === 0 ? [] : [`${repeats} of them are reports of one already there, so they count once.`]),
  ]
  if (peak?.atMs === undefined) return [...counted, 'None was open at any instant, so the peak is 0.']
  const atMs = peak.atMs
  const opened = connections.filter(({ openMs }) => openMs <= atMs).length
  return [
    ...counted,
    `Up to and at ${atMs}, ${opened} opened and ${opened - peak.peak} closed: ${peak.peak} are open at once.`,
    `Never are there more, and ${atMs} is the first instant with so many.`,
    ...split('app', peak.byApp),
    ...split('platform', peak.byPlatform),
    ...(peak.reconnectOverlap === 0
      ? []
      : [`${peak.reconnectOverlap} of them are old sockets of users who had already come back.`]),
  ]
}

function split(name: string, counts: ReadonlyMap<string, number>): string[] {
  if (counts.size < 2 && counts.has('')) return []
  const parts = [...counts].map(([key, count]) => `${key === '' ? 'none' : key} ${count}`)
  return [`By ${name}: ${parts.join(', ')}.`]
}
