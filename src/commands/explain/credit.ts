import * as z from 'zod'
import { creditOwed, slaTimezone } from '../../core/availability/credit.ts'
import { slaOf } from '../../core/contract/build-promises.ts'
import { map, oneOf } from '../../core/contract/shape-leaves.ts'
import { slaShape } from '../../core/contract/shape-promises.ts'
import { decimal } from '../../core/exact/decimal.ts'
import { compare, fraction } from '../../core/exact/fraction.ts'
import { monthSeconds } from '../../core/time/month.ts'
import { InputError } from './input-error.ts'
import { currencyDigits, inputAmount, isKnownZone, month, timezone } from './input-shapes.ts'
import { readInput } from './read-input.ts'

const DECIMAL_SECONDS = /^\d{1,20}(\.\d{1,12})?$/
const secondsPhrase = 'seconds that are not negative: a number, or decimal text such as `"259.2"`'

/** As a number or as decimal text: a number is taken as it is written, so it is exact as well. */
const seconds = z
  .union([z.string(), z.number()], { error: secondsPhrase })
  .transform(String)
  .refine(text => DECIMAL_SECONDS.test(text), { error: secondsPhrase })

const creditShape = map({
  sla: slaShape,
  base: inputAmount(),
  billing: oneOf('monthly', 'annual').optional(),
  downSeconds: seconds,
  month: month(),
  timezone: timezone().optional(),
  currency: currencyDigits(),
})

/** `weir explain credit`: uptime of a month and the credit that is owed for it. */
export function explainCredit(input: unknown) {
  const facts = readInput(creditShape, input)
  const sla = slaOf(facts.sla)
  if (!isKnownZone(slaTimezone(sla))) {
    throw new InputError(`\`sla.timezone\`: expected an IANA time zone; found "${slaTimezone(sla)}"`)
  }
  const zone = facts.timezone ?? slaTimezone(sla)
  const down = decimal(facts.downSeconds)
  const length = monthSeconds(facts.month, zone)
  if (compare(down, fraction(length)) > 0) {
    throw new InputError(
      `\`downSeconds\`: expected at most ${length}, the seconds of ${facts.month} in ${zone}; found ${facts.downSeconds}`,
    )
  }
  const { uptime, amount, capped, because } = creditOwed({
    sla,
    base: decimal(facts.base),
    billing: facts.billing ?? 'monthly',
    downSeconds: down,
    month: facts.month,
    timezone: zone,
    minorDigits: facts.currency,
  })
  return { uptime, credit: amount, capped, because }
}
