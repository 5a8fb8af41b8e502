import type { Sla } from '../contract/contract.ts'
import { decimal } from '../exact/decimal.ts'
import { type Fraction, add, divide, fraction, sum } from '../exact/fraction.ts'
import { monthSpan } from '../time/month.ts'
import { intersection } from '../time/span.ts'
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

/**
 * What a credit for the month is a share of. `recurring`: subscription and add-ons; `invoice`: overage and manual
 * lines as well. A yearly fee counts a twelfth for the month, whenever it was billed.
 */
export function slaBase({ base, month, arrangements, lines }: SlaBaseFacts): Fraction {
  const counted = lines.filter(
    ({ kind, interval }) =>
      interval === 'monthly' || (base === 'invoice' && (kind === 'overage' || kind === 'manual')),
  )
  return add(sum(counted.map(({ amount }) => decimal(amount))), annualTwelfths(arrangements, month))
}

/** The form in force when the month began, or when the subscription did if that was later. */
export function slaInForce(arrangements: readonly Arrangement[], month: string): Sla {
  const { startMs, endMs } = monthSpan(month)
  const held = arrangements.find(each => each.endMs > startMs && each.startMs < endMs)
  return held?.supportPlan.sla ?? { form: 'none' }
}

function annualTwelfths(arrangements: readonly Arrangement[], month: string): Fraction {
  const span = monthSpan(month)
  const shares = annualParts(arrangements, span.endMs).flatMap(part =>
    intersection([part], [span]).map(held => proratedFee(part.amount, held, span)),
  )
  return divide(sum(shares), fraction(12))
}
