import * as z from 'zod'
import { overageOf as overageTerms } from '../../core/contract/build-plans.ts'
import { overageShape } from '../../core/contract/contract-shape.ts'
import { map, whole } from '../../core/contract/shape-leaves.ts'
import { decimal } from '../../core/exact/decimal.ts'
import { billed, totalOf } from '../../core/exact/money.ts'
import { type OverageCharge, overageOf } from '../../core/pricing/overage.ts'
import { currencyDigits, inputAmount } from './input-shapes.ts'
import { readInput } from './read-input.ts'

const counted = (unit: string) => whole(0, Number.MAX_SAFE_INTEGER, unit)

const overageInputShape = map({
  plan: map({
    price: inputAmount(),
    includes: map({
      mau: counted('users').optional(),
      connections: counted('connections').optional(),
    }).default({}),
    overage: overageShape.superRefine(checkTiers),
  }),
  usage: map({ mau: counted('users').default(0), connections: counted('connections').default(0) }),
  currency: currencyDigits(),
})

/** `weir explain overage`: what usage beyond a plan costs, which unit is billed, and the month's total. */
export function explainOverage(input: unknown) {
  const { plan, usage, currency } = readInput(overageInputShape, input)
  const { charges, because } = overageOf({
    includes: { mau: plan.includes.mau, connections: plan.includes.connections },
    overage: plan.overage === 'none' ? 'none' : overageTerms(plan.overage),
    usage,
  })
  const lines = charges.map(({ charge }) => billed(charge, currency))
  const overage = totalOf(lines, currency)
  const price = billed(decimal(plan.price), currency)
  const total = totalOf([price, overage], currency)
  return {
    overage,
    by: billedBy(charges),
    total,
    because: [...because, `Overage, rounded half up: ${overage}. With the fee of ${price}: ${total}.`],
  }
}

/** The unit that is billed; `both` can only be with `charge: sum`. */
function billedBy(charges: readonly OverageCharge[]): 'mau' | 'connections' | 'both' | null {
  return charges.length > 1 ? 'both' : (charges[0]?.unit ?? null)
}

/** As in a contract: tiers rise, and only the last is open, so that every unit has exactly one price. */
function checkTiers(overage: z.output<typeof overageShape>, context: z.RefinementCtx): void {
  if (overage === 'none') return
  for (const unit of ['mau', 'connections'] as const) {
    const price = overage[unit]
    if (typeof price !== 'object' || !('tiers' in price)) continue
    let previous = 0
    for (const [index, { upTo }] of price.tiers.entries()) {
      const last = index === price.tiers.length - 1
      const message = last ? 'no `upTo` in the last tier' : `a whole number above ${previous}`
      const holds = last ? upTo === undefined : upTo !== undefined && upTo > previous
      if (!holds) context.addIssue({ code: 'custom', path: [unit, 'tiers', index, 'upTo'], message })
      previous = upTo ?? previous
    }
  }
}
