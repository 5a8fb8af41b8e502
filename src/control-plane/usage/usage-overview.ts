import { monthSpan } from '../../core/time/month.ts'
import type { Organization } from '../../store/organizations.ts'
import { type AgreedParts, agreedWith } from './agreed.ts'
import { type MonthForecast, forecastUsage } from './month-forecast.ts'
import type { MonthUsage } from './month-usage.ts'
import type { OrganizationUsage } from './organization-usage.ts'
import type { UsageReader } from './usage-questions.ts'

/** An organization's month as people look at it. */
export interface UsageOverview {
  readonly usage: OrganizationUsage
  /** undefined for a month that is over. */
  readonly forecast: MonthForecast | undefined
}

/** One of several. */
export interface NamedOverview {
  readonly id: string
  readonly name: string
  readonly overview: UsageOverview
}

export interface UsageOverviews {
  read(organization: Organization, month: string, nowMs: number): Promise<UsageOverview>
}

interface OverviewParts extends AgreedParts {
  readonly reader: UsageReader
}

/** A season tells more than a month, and a year would be read for a guess. */
const EARLIER_MONTHS = 3
/** Late facts change a past month by little, and only the forecast goes by what is kept here. */
const KEPT_MS = 3_600_000
const MOST_KEPT = 500

export function createUsageOverviews(parts: OverviewParts): UsageOverviews {
  const { reader } = parts
  const kept = new Map<string, { readonly atMs: number; readonly usage: Promise<MonthUsage> }>()

  async function pastMonth(organizationId: string, month: string, nowMs: number): Promise<MonthUsage> {
    const key = `${organizationId} ${month}`
    const known = kept.get(key)
    if (known !== undefined && performance.now() - known.atMs < KEPT_MS) return known.usage
    const usage = reader.ask('month', { organizationId, month, nowMs })
    kept.delete(key)
    kept.set(key, { atMs: performance.now(), usage })
    usage.catch(() => kept.delete(key))
    const [oldest] = kept.keys()
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
    return usage
  }

  return {
    async read({ id, createdMs }, month, nowMs) {
      const usage = await reader.ask('organization', { organizationId: id, month, nowMs })
      if (nowMs >= monthSpan(month).endMs || nowMs < monthSpan(month).startMs)
        return { usage, forecast: undefined }
      const months = earlierMonths(month).filter(earlier => monthSpan(earlier).endMs > createdMs)
      const earlier = await Promise.all(months.map(async each => pastMonth(id, each, nowMs)))
      const agreed = await agreedWith(parts, id)
      return { usage, forecast: forecastUsage(usage, earlier, agreed, nowMs) }
    },
  }
}

function earlierMonths(month: string): string[] {
  const first = Temporal.PlainYearMonth.from(month)
  return Array.from({ length: EARLIER_MONTHS }, (_, at) => first.subtract({ months: at + 1 }).toString())
}
