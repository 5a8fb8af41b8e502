import type { Kysely } from 'kysely'
import { slaTimezone } from '../../core/availability/credit.ts'
import { monthOf, monthSpan, monthsOf } from '../../core/time/month.ts'
import type { Span } from '../../core/time/span.ts'
import { closedMonthsOf, earliestSubscriptionMs, firstSubscriptions } from '../../store/closed-months.ts'
import { HoldLostError } from '../../store/job-runs.ts'
import type { Schema } from '../../store/schema.ts'
import { slasInTerms } from '../../store/terms.ts'
import type { SlaDeps } from '../availability/close-sla.ts'
import { monthSecret } from '../availability/evidence-salts.ts'
import { FINAL_AFTER_MS } from '../availability/read-time.ts'
import type { Mails } from '../channels/mail.ts'
import { heldDuring } from '../jobs/held-during.ts'
import type { Job, Step } from '../jobs/job-runner.ts'
import type { UsageReader } from '../usage/usage-questions.ts'
import { type PricedVersion, versionAt } from './agreement.ts'
import { type MonthToClose, closeOrganization } from './close-organization.ts'
import { type InvoicingDeps, openMonths, readUsages, reckonedMonths } from './month-facts.ts'

export interface CloseMonthDeps extends InvoicingDeps, SlaDeps {
  readonly db: Kysely<Schema>
  /** Counts usage and judges slices beside this thread: a month of them takes long. */
  readonly usage: UsageReader
  readonly mails: Mails
}

/**
 * Closes each UTC month once its hours of grace are over, a transaction an organization. One that cannot be closed
 * holds up no other: the job fails in the end, and is tried again for those that are left.
 */
export function closeMonthJob(deps: CloseMonthDeps): Job {
  return {
    name: 'close-month',
    async periods(db, nowMs) {
      const startMs = await earliestSubscriptionMs(db)
      if (startMs === undefined || startMs > nowMs) return []
      const versions = await deps.agreements.versions(db)
      const months = monthsOf({ startMs, endMs: nowMs }).filter(month => graceEnds(versions, month) <= nowMs)
      const last = months.at(-1)
      if (last === undefined || (await slicesAreFinal(db, versions, last, nowMs))) return months
      return months.slice(0, -1)
    },
    run: async (month, step) => closeAll(deps, month, step),
  }
}

/** The first instant at which a month may be closed: late batches have had their time. */
export function graceEnds(versions: readonly PricedVersion[], month: string): number {
  const { endMs } = monthSpan(month)
  const { graceHours } = versionAt(versions, endMs - 1).contract.billing
  return endMs + graceHours * 3_600_000
}

/** No zone's month ends later than this after the month in UTC; only the newest month can be that young. */
const LAST_ZONE_MS = 12 * 3_600_000

/** Whether no late answer can change a slice of the month any more, in whatever timezone an SLA counts it. */
async function slicesAreFinal(
  db: Kysely<Schema>,
  versions: readonly PricedVersion[],
  month: string,
  nowMs: number,
): Promise<boolean> {
  const { endMs } = monthSpan(month)
  if (nowMs >= endMs + LAST_ZONE_MS + FINAL_AFTER_MS) return true
  if (nowMs < endMs + FINAL_AFTER_MS) return false
  const plans = versions.flatMap(({ contract }) => Object.values(contract.supportPlans).map(({ sla }) => sla))
  const zones = new Set([...plans, ...(await slasInTerms(db))].map(slaTimezone))
  return [...zones].every(zone => monthSpan(month, zone).endMs + FINAL_AFTER_MS <= nowMs)
}

async function closeAll(deps: CloseMonthDeps, month: string, step: Step): Promise<void> {
  const { all, nowMs } = await step(async (trx, atMs) => ({
    all: await firstSubscriptions(trx),
    nowMs: atMs,
  }))
  const { endMs } = monthSpan(month)
  const held = all.filter(({ fromMs }) => fromMs < endMs)
  const due = held.map(({ organizationId, fromMs }) => ({ organizationId, startMs: fromMs, endMs, nowMs }))
  const failures: { readonly organizationId: string; readonly error: unknown }[] = []
  for await (const [organization, first] of readAhead(due, each => readFirst(deps, each, step))) {
    const { organizationId } = organization
    try {
      if (first.status === 'rejected') throw first.reason
      await closeUpTo(deps, organization, first.value, step)
    } catch (error) {
      if (error instanceof HoldLostError) throw error
      failures.push({ organizationId, error })
    }
  }
  if (failures.length > 0) throw unclosed(month, failures, held.length)
}

/** An organization's time up to the end of the month that closes. */
interface Due extends Span {
  readonly organizationId: string
  readonly nowMs: number
}

/** What slices and usage tell of a month: all that takes long. */
type MonthRead = Pick<MonthToClose, 'month' | 'usages' | 'availability'>

/**
 * Whatever month was left open before goes first, also when another node is about to do it: once is enough. `first` is
 * what was read of the first open one; undefined: none is open.
 */
async function closeUpTo(
  deps: CloseMonthDeps,
  due: Due,
  first: MonthRead | undefined,
  step: Step,
): Promise<void> {
  const { organizationId } = due
  const firstMonth = monthOf(due.startMs)
  for (let read = first; read !== undefined; read = await readFirst(deps, due, step)) {
    const wanted = { organizationId, firstMonth, ...read }
    await step((trx, atMs) => closeOrganization(trx, deps, wanted, atMs))
  }
}

/**
 * Reads the first month of an organization that is open; undefined: none is. After one query it asks the thread for all
 * that takes long at once: on SQLite nothing else goes on here while the organization before is closed in a transaction.
 */
async function readFirst(
  deps: CloseMonthDeps,
  { organizationId, nowMs, ...span }: Due,
  step: Step,
): Promise<MonthRead | undefined> {
  const closed = await closedMonthsOf(deps.db, organizationId)
  const [month] = openMonths(span, closed)
  if (month === undefined) return undefined
  const read = async (each: string) =>
    heldDuring(step, deps.usage.ask('billed', { organizationId, month: each, nowMs }))
  const months = reckonedMonths(closed, month)
  const evidence = { month, secret: monthSecret(deps.evidenceKey, { organizationId, month }) }
  const asked = { organizationId, months, evidence, nowMs }
  const [availability, usages] = await Promise.all([
    heldDuring(step, deps.usage.ask('slaMonths', asked)),
    readUsages(months, read),
  ])
  return { month, usages, availability }
}

/**
 * Each item with what was read of it, or why that failed. While one is dealt with, the next one's is read: reading has a
 * thread of its own, and a close of many takes as long as the slower of both.
 */
async function* readAhead<Item, Read>(
  items: readonly Item[],
  read: (item: Item) => Promise<Read>,
): AsyncGenerator<readonly [Item, PromiseSettledResult<Read>]> {
  const settle = async (item: Item) => (await Promise.allSettled([read(item)]))[0]
  let reading = items[0] && settle(items[0])
  for (const [at, item] of items.entries()) {
    const settled = await reading
    const next = items[at + 1]
    reading = next && settle(next)
    if (settled !== undefined) yield [item, settled]
  }
}

const MOST_NAMED = 5

function unclosed(
  month: string,
  failures: readonly { readonly organizationId: string; readonly error: unknown }[],
  total: number,
): Error {
  const named = failures
    .slice(0, MOST_NAMED)
    .map(
      ({ organizationId, error }) =>
        `${organizationId}: ${error instanceof Error ? error.message : String(error)}`,
    )
  const message = `${month} of ${failures.length} of ${total} organizations is not closed: ${named.join('; ')}`
  return new AggregateError(
    failures.map(({ error }) => error),
    message,
  )
}
