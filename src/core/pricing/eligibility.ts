import type { Eligibility } from '../contract/contract.ts'
import { counted } from '../contract/plain-words.ts'
import { decimal } from '../exact/decimal.ts'
import { compare } from '../exact/fraction.ts'

/** What an organization says of itself; amounts as decimal text. What it left out is not held against it. */
export interface Declared {
  readonly members?: number | undefined
  readonly monthlyRevenue?: string | undefined
  readonly funding?: string | undefined
}

export interface EligibilityDecision {
  readonly eligible: boolean
  readonly because: readonly string[]
}

/** Whether what was declared lets an organization hold a plan: all rules must hold. Seats are counted elsewhere. */
export function judgeEligibility(rule: Omit<Eligibility, 'seats'>, declared: Declared): EligibilityDecision {
  const { members, monthlyRevenue, funding } = declared
  const checks = [
    ...(members === undefined || rule.membersAtMost === undefined
      ? []
      : [membersCheck(members, rule.membersAtMost)]),
    ...belowCheck('Monthly revenue', monthlyRevenue, rule.monthlyRevenueBelow),
    ...belowCheck('Funding', funding, rule.fundingBelow),
  ]
  return { eligible: checks.every(({ holds }) => holds), because: checks.map(({ words }) => words) }
}

interface Check {
  readonly holds: boolean
  readonly words: string
}

function membersCheck(members: number, atMost: number): Check {
  const holds = members <= atMost
  return { holds, words: `${counted(members, 'member')}; at most ${atMost} may be: ${verdict(holds)}.` }
}

/** Strictly below: who has reached the bound is not eligible. */
function belowCheck(what: string, value: string | undefined, below: string | undefined): Check[] {
  if (value === undefined || below === undefined) return []
  const holds = compare(decimal(value), decimal(below)) < 0
  return [{ holds, words: `${what} ${value}; it must be below ${below}: ${verdict(holds)}.` }]
}

function verdict(holds: boolean): string {
  return holds ? 'holds' : 'does not hold'
}
