import type { Exclusion } from '../../core/availability/exclusions.ts'
import { type Decider, deciders, downSpans, verdictOf } from '../../core/availability/judge-slices.ts'
import type { Maintenance } from '../../core/availability/maintenance.ts'
import { excludedSpans } from '../../core/availability/organization-slices.ts'
import { spanOf, touchedBy } from '../../core/availability/slice-grid.ts'
import { type Break, different } from '../../core/evidence/break.ts'
import { unpackCounts } from '../../core/evidence/pack-counts.ts'
import type { At, EvidenceContent } from '../../core/evidence/read-file.ts'
import type { DayRecord, LeadRecord } from '../../core/evidence/record.ts'
import { isoInstant } from '../../core/time/instant.ts'
import type { Span } from '../../core/time/span.ts'
import { type DayOfSlices, type MonthGrid, daysOf, monthGrid, verdictsAnew } from './evidence-slices.ts'
import { exclusionOf, windowOf } from './said-in-file.ts'

/** What a file's slices come to when each verdict is given anew. */
export interface DecidedSlices {
  readonly apps: readonly string[]
  readonly maintenance: readonly Maintenance[]
  readonly exclusions: readonly Exclusion[]
  /** Of all apps; they may overlap. */
  readonly outages: readonly Span[]
  /** Slices by who decided them. */
  readonly deciders: Readonly<Record<Decider, number>>
}

export interface SlicesAnew {
  /** undefined when the slices could not be laid out. */
  readonly value: DecidedSlices | undefined
  readonly breaks: readonly Break[]
}

/** Judges every slice of every app again and compares. */
export function slicesAnew(content: EvidenceContent): SlicesAnew {
  const { header, measured } = content
  const month = monthGrid(header.month, header.timezone, header.rule.sliceSeconds)
  const { from, lead, count } = header.slices
  const laidOut = [
    ...different(header.line, 'slices.from', isoInstant(month.grid.startMs), from),
    ...different(header.line, 'slices.lead', month.lead, lead),
    ...different(header.line, 'slices.count', month.grid.length - month.lead, count),
  ]
  if (laidOut.length > 0) return { value: undefined, breaks: laidOut }
  const days = daysOf(month, header.timezone)
  const apps = [...Map.groupBy(measured, ({ app }) => app)]
  const breaks: Break[] = []
  const said = {
    maintenance: content.maintenance.map(windowOf),
    exclusions: content.exclusions.map(exclusionOf),
  }
  const noticeHours = header.maintenanceNoticeHours
  const excluded = touchedBy(month.grid, excludedSpans({ ...said, noticeHours }))
  const outages: Span[] = []
  const counts: Record<Decider, number> = Object.fromEntries(deciders.map(each => [each, 0])) as Record<
    Decider,
    number
  >
  for (const [, records] of apps) {
    const app = appIn(records, month, days)
    breaks.push(...app.breaks)
    if (app.slices === undefined) continue
    const { rule } = header
    const anew = verdictsAnew({ ...month, ...app.slices, rule, excluded })
    breaks.push(...verdictBreaks(records, app.slices.verdicts, anew, month))
    outages.push(...downSpans(month.grid, anew, month.lead))
    for (const byte of anew) counts[verdictOf(byte).decider]++
  }
  const value = { ...said, apps: apps.map(([app]) => app), outages, deciders: counts }
  return { value: breaks.length > 0 ? undefined : value, breaks }
}

type Measured = At<LeadRecord | DayRecord>

interface AppSlicesIn {
  readonly valid: Uint32Array
  readonly failed: Uint32Array
  readonly unmeasured: Uint8Array
  readonly verdicts: Uint8Array
}

/** Puts an app's records side by side: the lead, then every day of the month. */
function appIn(
  records: readonly Measured[],
  { grid, lead }: MonthGrid,
  days: readonly DayOfSlices[],
): { readonly slices: AppSlicesIn | undefined; readonly breaks: readonly Break[] } {
  const slices = {
    valid: new Uint32Array(grid.length),
    failed: new Uint32Array(grid.length),
    unmeasured: new Uint8Array(grid.length),
    verdicts: new Uint8Array(grid.length - lead),
  }
  const expected = [{ kind: 'lead', date: undefined, first: 0, count: lead }, ...days.map(asDay)]
  const breaks: Break[] = []
  for (const [index, { kind, date, first, count }] of expected.entries()) {
    const record = records[index]
    const line = record?.line ?? records.at(-1)!.line
    const named = (of: Pick<Measured, 'kind' | 'count'> & { readonly date?: string | undefined }) =>
      `${of.kind} ${of.date ?? ''} of ${of.count} slices`
    const wanted = named({ kind: kind as Measured['kind'], date, count })
    const found = record ? named(record) : 'nothing'
    if (wanted !== found)
      return { slices: undefined, breaks: [{ line, field: 'date', expected: wanted, found }] }
    breaks.push(...unpackInto(slices, record!, first, lead))
  }
  const more = records[expected.length]
  if (more) breaks.push({ line: more.line, field: 'app', expected: 'each day once', found: more.app })
  return { slices: breaks.length > 0 ? undefined : slices, breaks }
}

function asDay({ date, first, count }: DayOfSlices) {
  return { kind: 'day', date, first, count }
}

function unpackInto(slices: AppSlicesIn, record: Measured, first: number, lead: number): Break[] {
  const { line, count } = record
  const breaks: Break[] = []
  const unpack = (field: 'valid' | 'failed' | 'unmeasured' | 'verdicts', text: string, most: number) => {
    try {
      const counts = unpackCounts(text, count)
      const over = counts.findIndex(each => each > most)
      if (over >= 0)
        breaks.push({ line, field, expected: `at most ${most} in each`, found: `${counts[over]!}` })
      return counts
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      breaks.push({ line, field, expected: `${count} packed counts`, found: error.message })
      return new Uint32Array(count)
    }
  }
  const valid = unpack('valid', record.valid, 0xffffffff)
  const failed = unpack('failed', record.failed, 0xffffffff)
  slices.valid.set(valid, first)
  slices.failed.set(failed, first)
  slices.unmeasured.set(unpack('unmeasured', record.unmeasured, 1), first)
  const over = failed.findIndex((each, at) => each > valid[at]!)
  if (over >= 0) {
    breaks.push({
      line,
      field: 'failed',
      expected: `at most ${valid[over]!} of slice ${over}`,
      found: `${failed[over]!}`,
    })
  }
  if (record.kind === 'lead') return breaks
  slices.verdicts.set(unpack('verdicts', record.verdicts, 255), first - lead)
  return [
    ...breaks,
    ...different(line, 'validSum', total(valid), record.validSum),
    ...different(line, 'failedSum', total(failed), record.failedSum),
  ]
}

function total(counts: Uint32Array): number {
  return counts.reduce((sum, each) => sum + each, 0)
}

/** The first verdict of each day that does not follow from what stands beside it, and the day's sums of them. */
function verdictBreaks(
  records: readonly Measured[],
  written: Uint8Array,
  anew: Uint8Array,
  { grid, lead }: MonthGrid,
): Break[] {
  let first = 0
  return records.flatMap(record => {
    if (record.kind === 'lead') return []
    const [from, to] = [first, first + record.count]
    first = to
    const { line } = record
    const [was, is] = [written.subarray(from, to), anew.subarray(from, to)]
    const at = was.findIndex((byte, index) => byte !== is[index])
    const at2 = isoInstant(spanOf(grid, lead + from + Math.max(at, 0)).startMs)
    const verdict: Break[] =
      at < 0
        ? []
        : [{ line, field: `verdicts, ${at2}`, expected: verdictText(is[at]!), found: verdictText(was[at]!) }]
    const down = is.reduce((sum, byte) => sum + (verdictOf(byte).state === 'down' ? grid.seconds : 0), 0)
    const decidedByAll = is.some(byte => verdictOf(byte).decider === 'all-apps')
    const commitment = record.commitment === null ? 'none' : 'one'
    return [
      ...verdict,
      ...different(line, 'downSeconds', down, record.downSeconds),
      ...different(line, 'commitment', decidedByAll ? 'one' : 'none', commitment),
    ]
  })
}

function verdictText(byte: number): string {
  const { decider, state } = verdictOf(byte)
  return `${state} by ${decider ?? 'nobody known'} (${byte})`
}
