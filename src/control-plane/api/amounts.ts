import { z } from '@hono/zod-openapi'
import type { Currency } from '../../core/contract/contract.ts'
import { fromMinorUnits, minorUnits } from '../../core/exact/money.ts'
import { wrong } from './subscription-rules.ts'

/** An amount that may be below zero. */
export const signedAmount = z
  .string()
  .regex(/^-?\d{1,15}(\.\d{1,6})?$/, 'Must be a decimal amount as text, such as "-100.00".')
  .openapi({ example: '-100.00' })

/** As it is written everywhere: with all minor digits. Throws `invalid-body` for a finer one, or for zero. */
export function readAmount(text: string, { code, minorDigits }: Currency, path = 'amount'): string {
  const decimals = text.split('.')[1]?.length ?? 0
  if (decimals > minorDigits) {
    throw wrong(path, `An amount in ${code} has at most ${minorDigits} decimals; this one has ${decimals}.`)
  }
  const units = minorUnits(text, minorDigits)
  if (units === 0n) throw wrong(path, 'Must not be zero.')
  return fromMinorUnits(units, minorDigits)
}
