import type { Kysely } from 'kysely'
import { slaTimezone } from '../../core/availability/credit.ts'
import { monthSpan, monthsOf } from '../../core/time/month.ts'
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
import { closeOrganization } from './close-organization.ts'
import { type InvoicingDeps, readUsages } from './month-facts.ts'

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
function graceEnds(versions: readonly PricedVersion[], month: string): number {
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
  const failures: { readonly organizationId: string; readonly error: unknown }[] = []
  for (const { organizationId, fromMs } of held) {
    try {
      await closeUpTo(deps, { organizationId, startMs: fromMs, endMs, nowMs }, step)
    } catch (error) {
      if (error instanceof HoldLostError) throw error
      failures.push({ organizationId, error })
    }
  }
  if (failures.length > 0) throw unclosed(month, failures, held.length)
}

/** Whatever month was left open before goes first, also when another node is about to do it: once is enough. */
async function closeUpTo(
  deps: CloseMonthDeps,
  { organizationId, nowMs, ...span }: Span & { readonly organizationId: string; readonly nowMs: number },
  step: Step,
): Promise<void> {
  const closed = new Set((await closedMonthsOf(deps.db, organizationId)).map(each => each.month))
  const months = monthsOf(span)
  for (const month of months.filter(each => !closed.has(each))) {
    const read = async (each: string) =>
      heldDuring(step, deps.usage.ask('billed', { organizationId, month: each, nowMs }))
    const usages = await readUsages(deps.db, organizationId, month, read)
    const evidence = { month, secret: monthSecret(deps.evidenceKey, { organizationId, month }) }
    const asked = { organizationId, months: [...usages.keys()], evidence, nowMs }
    const availability = await heldDuring(step, deps.usage.ask('slaMonths', asked))
    const wanted = { organizationId, month, firstMonth: months[0] ?? month, usages, availability }
    await step((trx, atMs) => closeOrganization(trx, deps, wanted, atMs))
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
