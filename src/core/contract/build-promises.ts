import type {
  Availability,
  Calendar,
  Endpoint,
  MinuteSpan,
  Price,
  Sla,
  Support,
  SupportPlan,
  Target,
} from './contract.ts'
import type { ContractInput } from './contract-shape.ts'
import { holidaySet } from './holiday-sets.ts'
import { minuteOfDay, minuteSpan, targetOf } from './local-time.ts'
import { probeRequest } from './probe-request.ts'
import { DAY_NAMES } from './shape-promises.ts'

type CalendarInput = NonNullable<ContractInput['calendars']>[string]
type SupportPlanInput = NonNullable<ContractInput['supportPlans']>[string]

export function availability(
  input: NonNullable<ContractInput['availability']>,
  endpoints: readonly Endpoint[],
): Availability {
  return {
    sliceSeconds: input.sliceSeconds ?? 10,
    errorPercent: input.errorPercent ?? '5',
    minRequests: input.minRequests ?? 10,
    minFailed: input.minFailed ?? 1,
    maintenanceNoticeHours: input.maintenanceNoticeHours ?? 48,
    groups: input.groups ?? {},
    probes: (input.probes ?? []).map(probe => {
      const read = probeRequest(probe.request, endpoints)
      return {
        name: probe.name,
        request: read.ok ? read.request : probe.request,
        expectStatus: probe.expectStatus ?? 200,
        expectBody: probe.expectBody,
        withinMs: probe.withinMs ?? 10_000,
        everySeconds: probe.everySeconds ?? 60,
      }
    }),
  }
}

const WHOLE_DAY: readonly MinuteSpan[] = [{ fromMinute: 0, toMinute: 1440 }]

export function calendar(input: CalendarInput): Calendar {
  if (input === '24/7') {
    const days = Object.fromEntries(DAY_NAMES.map((_, index) => [index + 1, WHOLE_DAY]))
    return { timezone: 'UTC', days, holidays: [], always: true }
  }
  const { holidays = [] } = input
  const dates = typeof holidays === 'string' ? (holidaySet(holidays) ?? []) : holidays.toSorted()
  return { timezone: input.timezone, days: daysOf(input), holidays: dates, always: false }
}

function daysOf(input: Exclude<CalendarInput, string>): Record<number, readonly MinuteSpan[]> {
  const { days } = input
  const byWeekday: Record<number, readonly MinuteSpan[]> = {}
  for (const [index, name] of DAY_NAMES.entries()) {
    const spans = Array.isArray(days) ? dayOfList(name, days, input) : (days[name] ?? []).map(minuteSpan)
    if (spans.length > 0) byWeekday[index + 1] = spans.toSorted((a, b) => a.fromMinute - b.fromMinute)
  }
  return byWeekday
}

function dayOfList(
  name: string,
  days: readonly string[],
  input: Exclude<CalendarInput, string>,
): MinuteSpan[] {
  const { open, close } = input
  if (!days.includes(name) || open === undefined || close === undefined) return []
  return [{ fromMinute: minuteOfDay(open), toMinute: minuteOfDay(close) }]
}

export function supportPlan(input: SupportPlanInput): SupportPlan {
  return {
    price: input.price === undefined ? undefined : priceOf(input.price),
    sla: slaOf(input.sla),
    support: supportOf(input.support),
    priority: input.priority ?? 0,
    addOns: Object.fromEntries(
      Object.entries(input.addOns ?? {}).map(([name, addOn]) => [
        name,
        { price: priceOf(addOn.price), firstResponse: targetsOf(addOn.firstResponse) },
      ]),
    ),
  }
}

export function priceOf(input: { monthly?: string | undefined; annual?: string | undefined }): Price {
  return { monthly: input.monthly, annual: input.annual }
}

export function slaOf(input: SupportPlanInput['sla']): Sla {
  // Both other forms have a cap; `none` may leave out even its name.
  if (input === undefined || !('cap' in input)) return { form: 'none' }
  const terms = {
    base: input.base ?? 'recurring',
    credit: input.credit ?? 'automatic',
    claimDays: input.claimDays ?? 30,
    timezone: input.timezone ?? 'UTC',
    cap: input.cap,
  } as const
  if (input.form === 'tiered') return { ...terms, form: input.form, tiers: input.tiers }
  return { ...terms, form: input.form, target: input.target, acceleration: input.acceleration }
}

function supportOf(input: SupportPlanInput['support']): Support {
  return {
    calendar: input.calendar,
    firstResponse: targetsOf(input.firstResponse),
    nextResponse: targetsOf(input.nextResponse),
    resolution: targetsOf(input.resolution),
    channels: input.channels ?? ['portal', 'email'],
    waitingForCustomer: input.waitingForCustomer ?? 'run',
  }
}

function targetsOf(input: Readonly<Record<string, string>> = {}): Record<string, Target> {
  return Object.fromEntries(Object.entries(input).map(([severity, text]) => [severity, targetOf(text)]))
}
