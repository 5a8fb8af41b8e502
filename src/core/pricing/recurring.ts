import { decimal } from '../exact/decimal.ts'
import { type Fraction, fraction, multiply } from '../exact/fraction.ts'
import { monthSpan } from '../time/month.ts'
import { type Span, intersection } from '../time/span.ts'
import type { Arrangement } from './arrangement.ts'

/** A fee that comes back: of the plan, the support plan or an add-on. */
export interface RecurringFee {
  readonly kind: 'plan' | 'support-plan' | 'add-on'
  readonly name: string
  readonly interval: 'monthly' | 'annual'
  /** Of a month or a year, as the contract has it. */
  readonly amount: string
}

/** The fees of an arrangement in reading order. One without a price for the interval is billed by the other. */
export function recurringFees({
  planName,
  plan,
  supportPlanName,
  supportPlan,
  ...rest
}: Arrangement): RecurringFee[] {
  const prices = [
    { kind: 'plan' as const, name: planName, price: plan.price },
    { kind: 'support-plan' as const, name: supportPlanName, price: supportPlan.price },
    ...rest.addOns.map(name => ({ kind: 'add-on' as const, name, price: supportPlan.addOns[name]?.price })),
  ]
  const other = rest.interval === 'monthly' ? 'annual' : 'monthly'
  return prices.flatMap(({ kind, name, price }) => {
    const interval = price?.[rest.interval] === undefined ? other : rest.interval
    const amount = price?.[interval]
    return amount === undefined ? [] : [{ kind, name, interval, amount }]
  })
}

export interface MonthlyPart extends RecurringFee, Span {
  readonly contractVersion: number
}

/** The monthly fees of a month (UTC), each over the part of it in which it was the same. */
export function monthlyParts(arrangements: readonly Arrangement[], month: string): MonthlyPart[] {
  const parts: MonthlyPart[] = []
  for (const arrangement of arrangements) {
    const [span] = intersection([arrangement], [monthSpan(month)])
    if (span === undefined) continue
    for (const fee of recurringFees(arrangement).filter(({ interval }) => interval === 'monthly')) {
      const before = parts.findIndex(part => part.endMs === span.startMs && isSameFee(part, fee))
      const part = parts[before]
      if (part === undefined) parts.push({ ...fee, ...span, contractVersion: arrangement.contractVersion })
      else parts[before] = { ...part, endMs: span.endMs }
    }
  }
  return parts
}

function isSameFee(a: RecurringFee, b: RecurringFee): boolean {
  return a.kind === b.kind && a.name === b.name && a.amount === b.amount
}

/** The fee of a part of a month, by the second: the month’s fee x the part’s length / the month’s. */
export function proratedFee(amount: string, part: Span, whole: Span): Fraction {
  return multiply(decimal(amount), fraction(part.endMs - part.startMs, whole.endMs - whole.startMs))
}
