import * as z from 'zod'
import { isoInstant } from '../time/instant.ts'
import type { Span } from '../time/span.ts'

/** The records of an evidence file, as they stand in it. Instants are RFC 3339 in UTC, exact to the millisecond. */

const instant = z.string().refine(isInstant, 'an instant such as 2026-04-01T00:00:00Z, before 2200')
const decimalText = z.string().regex(/^-?\d+(\.\d+)?$/, 'decimal text such as "162.04"')
const percentText = z.string().regex(/^\d{1,3}(\.\d+)?$/, 'a percentage such as "99.95"')
const fractionText = z.string().regex(/^-?\d+\/[1-9]\d*$/, 'a fraction such as "10000/1"')
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'SHA-256 in hex')
const count = z.int().min(0)
const packed = z.string()
const span = z.strictObject({ from: instant, to: instant })

/** What every record has. */
const linked = { previous: sha256, hash: sha256 }

const promise = {
  base: z.enum(['invoice', 'recurring']),
  credit: z.enum(['automatic', 'on-claim']),
  claimDays: count.max(100_000),
  timezone: z.string(),
  cap: decimalText,
}
const sla = z.union([
  z.strictObject({ form: z.literal('none') }),
  z.strictObject({ form: z.literal('accelerated'), ...promise, target: percentText, acceleration: count }),
  z.strictObject({
    form: z.literal('tiered'),
    ...promise,
    tiers: z.array(z.strictObject({ below: percentText, credit: percentText })),
  }),
])

const invoiceLine = z.strictObject({
  kind: z.enum(['plan', 'support-plan', 'add-on', 'overage', 'manual', 'correction']),
  description: z.string(),
  amount: decimalText,
  interval: z.enum(['monthly', 'annual']).nullable(),
})

export const headerRecord = z.strictObject({
  ...linked,
  kind: z.literal('header'),
  /** A later Weir that reckons otherwise writes another number, and still knows this one. */
  format: z.literal(1),
  organization: z.string(),
  month: z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'a month such as 2026-04'),
  timezone: z.string(),
  contractVersion: count,
  rule: z.strictObject({
    sliceSeconds: z.literal([1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60]),
    errorPercent: percentText,
    minRequests: count.max(0xffffffff),
    minFailed: count.max(0xffffffff),
  }),
  maintenanceNoticeHours: count.max(100_000),
  sla,
  currency: z.strictObject({ code: z.string(), minorDigits: count.max(6) }),
  /** When the organization held a plan: nothing was promised at other times. */
  held: z.array(span),
  base: z.strictObject({
    amount: fractionText,
    /** The month's own, before tax and credits. */
    lines: z.array(invoiceLine),
    /** Yearly fees, of which a twelfth counts, and when in the month they held. */
    annual: z.array(z.strictObject({ name: z.string(), fee: decimalText, ...span.shape })),
  }),
  /** `lead`: how many slices before the month are looked back at. */
  slices: z.strictObject({ from: instant, lead: count.max(300), count }),
})

export const maintenanceRecord = z.strictObject({
  ...linked,
  kind: z.literal('maintenance'),
  id: z.string(),
  title: z.string(),
  ...span.shape,
  announced: instant,
  cancelled: instant.nullable(),
})

export const exclusionRecord = z.strictObject({
  ...linked,
  kind: z.literal('exclusion'),
  id: z.string(),
  reason: z.enum(['force-majeure', 'customer', 'third-party']),
  ...span.shape,
  text: z.string(),
  author: z.string(),
  recorded: instant,
})

export const claimRecord = z.strictObject({
  ...linked,
  kind: z.literal('claim'),
  id: z.string(),
  incidentStart: instant.nullable(),
  incidentEnd: instant,
  claimed: instant,
  accepted: z.boolean(),
})

/** What was measured of an app: counts by slice, packed. */
const measured = { app: z.string(), count, valid: packed, failed: packed, unmeasured: packed }

/** The slices before the month, which its first ones may be taken together with. */
export const leadRecord = z.strictObject({ ...linked, ...measured, kind: z.literal('lead') })

export const dayRecord = z.strictObject({
  ...linked,
  ...measured,
  kind: z.literal('day'),
  /** In the header's timezone. */
  date: z.string().regex(/^\d{4}-\d\d-\d\d$/, 'a date such as 2026-04-01'),
  /** A byte a slice: who decided, in the order app, adjoining, all-apps, probe, nodes, nobody; 8 more is down, 16 idle. */
  verdicts: packed,
  validSum: count,
  failedSum: count,
  downSeconds: count,
  /** Of what all apps were asked in the slices that they decided; null if they decided none. */
  commitment: sha256.nullable(),
})

export const resultRecord = z.strictObject({
  ...linked,
  kind: z.literal('result'),
  uptime: decimalText,
  target: percentText.nullable(),
  downSeconds: decimalText,
  down: z.array(span),
  credit: z.strictObject({ amount: decimalText, minutes: decimalText, capped: z.boolean() }),
  /** The credit, or nothing while one that has to be claimed is not. */
  owed: decimalText,
  because: z.array(z.string()),
})

export const evidenceRecord = z.discriminatedUnion('kind', [
  headerRecord,
  maintenanceRecord,
  exclusionRecord,
  claimRecord,
  leadRecord,
  dayRecord,
  resultRecord,
])

export type HeaderRecord = z.output<typeof headerRecord>
export type MaintenanceRecord = z.output<typeof maintenanceRecord>
export type ExclusionRecord = z.output<typeof exclusionRecord>
export type ClaimRecord = z.output<typeof claimRecord>
export type LeadRecord = z.output<typeof leadRecord>
export type DayRecord = z.output<typeof dayRecord>
export type ResultRecord = z.output<typeof resultRecord>
export type EvidenceRecord = z.output<typeof evidenceRecord>

/** A record before it has its place in the chain. */
export type Unlinked<Kind extends EvidenceRecord> = Kind extends unknown
  ? Omit<Kind, 'previous' | 'hash'>
  : never

/** The Unix milliseconds of an instant of a record. */
export function msOf(instantText: string): number {
  return Date.parse(instantText)
}

export function spanIn({ from, to }: { readonly from: string; readonly to: string }): Span {
  return { startMs: msOf(from), endMs: msOf(to) }
}

/** Far enough for every contract, near enough that days can be added to it. */
const LATEST_MS = Date.UTC(2200, 0)

/** The one way in which Weir writes an instant. */
function isInstant(text: string): boolean {
  const ms = msOf(text)
  return ms >= 0 && ms < LATEST_MS && isoInstant(ms) === text
}
