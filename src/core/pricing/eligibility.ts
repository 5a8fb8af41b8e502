import type { Eligibility } from '../contract/contract.ts'
import { counted, grouped } from '../contract/plain-words.ts'
import { decimal } from '../exact/decimal.ts'
import { compare } from '../exact/fraction.ts'

/** What an organization says of itself; amounts as decimal text. */
export interface Declared {
  readonly members?: number | undefined
  readonly monthlyRevenue?: string | undefined
  readonly funding?: string | undefined
}

export type DeclaredFact = keyof Declared

export interface EligibilityDecision {
  readonly eligible: boolean
  readonly because: readonly string[]
}

type Rules = Omit<Eligibility, 'seats'>

/**
 * Whether what was declared lets an organization hold a plan: all rules must hold, and one about a fact that was not
 * declared does not. Seats are counted elsewhere.
 */
export function judgeEligibility(rule: Rules, declared: Declared): EligibilityDecision {
  const { members, monthlyRevenue, funding } = declared
  const checks = [
    ...membersCheck(members, rule.membersAtMost),
    ...belowCheck('Monthly revenue', monthlyRevenue, rule.monthlyRevenueBelow),
    ...belowCheck('Funding', funding, rule.fundingBelow),
  ]
  return { eligible: checks.every(({ holds }) => holds), because: checks.map(({ words }) => words) }
}

/** What the rules ask for and nobody has declared, with what is asked in words. */
export function undeclaredFacts(
  { membersAtMost, monthlyRevenueBelow, fundingBelow }: Rules,
  declared: Declared,
): { readonly fact: DeclaredFact; readonly asked: string }[] {
  const asked = [
    membersAtMost !== undefined && {
      fact: 'members' as const,
      asked: `at most ${counted(membersAtMost, 'member')}`,
    },
    monthlyRevenueBelow !== undefined && {
      fact: 'monthlyRevenue' as const,
      asked: `monthly revenue below ${monthlyRevenueBelow}`,
    },
    fundingBelow !== undefined && { fact: 'funding' as const, asked: `funding below ${fundingBelow}` },
  ]
  return asked.filter(each => each !== false).filter(({ fact }) => declared[fact] === undefined)
}

interface Check {
  readonly holds: boolean
  readonly words: string
}

function membersCheck(members: number | undefined, atMost: number | undefined): Check[] {
  if (atMost === undefined) return []
  const holds = members !== undefined && members <= atMost
  const said = members === undefined ? 'The number of members is not declared' : counted(members, 'member')
  return [{ holds, words: `${said}; at most ${grouped(atMost)} may be: ${verdict(holds)}.` }]
}

/** Strictly below: who has reached the bound is not eligible. */
function belowCheck(what: string, value: string | undefined, below: string | undefined): Check[] {
  if (below === undefined) return []
  const holds = value !== undefined && compare(decimal(value), decimal(below)) < 0
  const said = value === undefined ? `${what} is not declared` : `${what} ${value}`
  return [{ holds, words: `${said}; it must be below ${below}: ${verdict(holds)}.` }]
}

function verdict(holds: boolean): string {
  return holds ? 'holds' : 'does not hold'
}
