import type { UnitPrice } from '../contract/contract.ts'
import { counted, grouped } from '../contract/plain-words.ts'
import { decimal, shortDecimal } from '../exact/decimal.ts'
import { type Fraction, ZERO, add, fraction, multiply } from '../exact/fraction.ts'
import { ceil } from '../exact/rounding.ts'

export interface UnitCharge {
  readonly charge: Fraction
  readonly because: readonly string[]
}

/** What so many units above the included number cost, exact. Tiers count from the first unit above. */
export function chargeUnits(price: UnitPrice, units: number): UnitCharge {
  if (units <= 0) return { charge: ZERO, because: [] }
  if (price.kind === 'package') return chargePackages(price, units)
  if (price.kind === 'tiers') return chargeTiers(price, units)
  const charge = multiply(fraction(units), decimal(price.price))
  return { charge, because: [`${grouped(units)} x ${price.price} = ${shortDecimal(charge)}.`] }
}

/** A package that was begun is paid whole. */
function chargePackages({ size, price }: Extract<UnitPrice, { kind: 'package' }>, units: number): UnitCharge {
  const packages = ceil(fraction(units, size))
  const charge = multiply(fraction(packages), decimal(price))
  const begun = counted(Number(packages), 'begun package')
  return {
    charge,
    because: [`${grouped(units)} are ${begun} of ${grouped(size)}, at ${price}: ${shortDecimal(charge)}.`],
  }
}

/** Graduated: each unit has the price of the tier it falls into, so no unit more ever costs less in all. */
function chargeTiers({ tiers }: Extract<UnitPrice, { kind: 'tiers' }>, units: number): UnitCharge {
  let charge = ZERO
  let from = 0
  const because: string[] = []
  for (const tier of tiers) {
    const to = Math.min(units, tier.upTo ?? Infinity)
    if (to <= from) break
    const part = multiply(fraction(to - from), decimal(tier.price))
    because.push(
      `${grouped(from + 1)} to ${grouped(to)}: ${grouped(to - from)} x ${tier.price} = ${shortDecimal(part)}.`,
    )
    charge = add(charge, part)
    from = to
  }
  return { charge, because }
}
