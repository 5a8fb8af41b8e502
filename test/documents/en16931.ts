import { FIELDS } from './en16931-fields.ts'
import type { Rule } from './en16931-rule.ts'
import { DECIMALS, SUMS } from './en16931-sums.ts'
import { TAXES } from './en16931-taxes.ts'
import type { UblReader } from './ubl-reader.ts'

/**
 * Rules of EN 16931-1 (6.4) that concern what Weir writes. They were written from the norm's words and not from the
 * writer's code, so that the two can disagree.
 */
export const RULES: readonly Rule[] = [...FIELDS, ...SUMS, ...DECIMALS, ...TAXES]

export function brokenRules(ubl: UblReader): string[] {
  return RULES.filter(({ holds }) => !holds(ubl)).map(({ id }) => id)
}
