import { describe, expect, it } from 'vitest'
import { judgeEligibility, undeclaredFacts } from './eligibility.ts'

const rule = { membersAtMost: 5, monthlyRevenueBelow: '10000.00', fundingBelow: '100000.00' }
const declared = { members: 5, monthlyRevenue: '9999.99', funding: '99999.99' }

describe('eligibility', () => {
  it('takes as many members as allowed, and amounts strictly below their bounds', () => {
    expect(judgeEligibility(rule, declared).eligible).toBe(true)
    expect(judgeEligibility(rule, { ...declared, members: 6 }).eligible).toBe(false)
    expect(judgeEligibility(rule, { ...declared, monthlyRevenue: '10000' }).eligible).toBe(false)
    expect(judgeEligibility(rule, { ...declared, funding: '100000.000' }).eligible).toBe(false)
  })

  it('compares amounts no float could tell apart', () => {
    const funding = '99999.999999999999999999'
    expect(judgeEligibility(rule, { ...declared, funding }).eligible).toBe(true)
  })

  it('does not hold by what was left out, and asks for nothing that the plan does not ask for', () => {
    for (const fact of ['members', 'monthlyRevenue', 'funding'] as const) {
      const { [fact]: _, ...rest } = declared
      expect(judgeEligibility(rule, rest).eligible).toBe(false)
      expect(undeclaredFacts(rule, rest).map(each => each.fact)).toEqual([fact])
    }
    const none = { membersAtMost: undefined, monthlyRevenueBelow: undefined, fundingBelow: undefined }
    expect(judgeEligibility(none, { members: 1000 }).eligible).toBe(true)
    expect(judgeEligibility({ ...none, membersAtMost: 5 }, { members: 5 }).eligible).toBe(true)
    expect(undeclaredFacts({ ...none, membersAtMost: 5 }, { members: 5 })).toEqual([])
  })

  it('says of each rule whether it holds', () => {
    expect(judgeEligibility(rule, { ...declared, members: 6 }).because).toEqual([
      '6 members; at most 5 may be: does not hold.',
      'Monthly revenue 9999.99; it must be below 10000.00: holds.',
      'Funding 99999.99; it must be below 100000.00: holds.',
    ])
    expect(judgeEligibility(rule, {}).because).toEqual([
      'The number of members is not declared; at most 5 may be: does not hold.',
      'Monthly revenue is not declared; it must be below 10000.00: does not hold.',
      'Funding is not declared; it must be below 100000.00: does not hold.',
    ])
  })
})
