import type { Sla } from '../contract/contract.ts'
import { decimal } from '../exact/decimal.ts'
import { type Fraction, add, divide, fraction, sum } from '../exact/fraction.ts'
import { monthSpan } from '../time/month.ts'
import { type Span, intersection } from '../time/span.ts'
import { annualParts } from './annual.ts'
import type { Arrangement } from './arrangement.ts'
import type { InvoiceLine } from './invoice-line.ts'
import { proratedFee } from './recurring.ts'

export interface SlaBaseFacts {
  readonly base: 'invoice' | 'recurring'
  readonly month: string
  readonly arrangements: readonly Arrangement[]
  /** The month’s own lines as billed, before tax and credits; corrections of other months among them are left out. */
  readonly lines: readonly InvoiceLine[]
}

/** A yearly fee that held over a part of a month. */
export interface AnnualShare extends Span {
  readonly name: string
  /** Of the year. */
  readonly fee: string
}

/** Everything that the base is reckoned from. */
export interface SlaBaseParts {
  readonly base: 'invoice' | 'recurring'
  /** UTC */
  readonly month: string
  readonly lines: readonly Pick<InvoiceLine, 'kind' | 'interval' | 'amount'>[]
  readonly annual: readonly AnnualShare[]
}

/**
 * What a credit for the month is a share of. `recurring`: subscription and add-ons; `invoice`: overage and manual
 * lines as well. A yearly fee counts a twelfth for the month, whenever it was billed.
 */
export function slaBase({ arrangements, ...facts }: SlaBaseFacts): Fraction {
  return baseOfParts({ ...facts, annual: annualShares(arrangements, facts.month) })
}

/** The same from its parts alone: from these a base can be reckoned anew without knowing what was agreed. */
export function baseOfParts({ base, month, lines, annual }: SlaBaseParts): Fraction {
  const counted = lines.filter(
    ({ kind, interval }) =>
      interval === 'monthly' || (base === 'invoice' && (kind === 'overage' || kind === 'manual')),
  )
  const whole = monthSpan(month)
  const shares = annual.map(({ fee, ...held }) => proratedFee(fee, held, whole))
  return add(sum(counted.map(({ amount }) => decimal(amount))), divide(sum(shares), fraction(12)))
}

/** The yearly fees of a month, each over the part of the month in which it held. */
export function annualShares(arrangements: readonly Arrangement[], month: string): AnnualShare[] {
  const span = monthSpan(month)
  return annualParts(arrangements, span.endMs).flatMap(part =>
    intersection([part], [span]).map(held => ({ name: part.name, fee: part.amount, ...held })),
  )
}

/** The form in force when the month began, or when the subscription did if that was later. */
export function slaInForce(arrangements: readonly Arrangement[], month: string): Sla {
  const { startMs, endMs } = monthSpan(month)
  const held = arrangements.find(each => each.endMs > startMs && each.startMs < endMs)
  return held?.supportPlan.sla ?? { form: 'none' }
}
