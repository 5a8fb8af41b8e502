import { expect, it } from 'vitest'
import { readContract } from '../../core/contract/read-contract.ts'
import { breakEvens } from './break-even.ts'
import { chatYaml } from './test-store.ts'

/** Neighbours by users, with where the dearer one becomes the cheaper. */
function neighbours(plans: Record<string, { price: string; supportPlan: string }>): string[] {
  const written = Object.entries(plans).map(([name, { price, supportPlan }]) => {
    const overage = 'includes: { mau: 1000 }, overage: { mau: "0.10" }'
    return `  ${name}: { price: ${price}, ${overage}, supportPlan: ${supportPlan} }`
  })
  const yaml = chatYaml.replace(/^plans:\n( .*\n|\n)+/m, `plans:\n${written.join('\n')}\n`)
  const result = readContract(yaml, 'contract.yaml', () => undefined)
  if (!result.ok) throw new Error(result.mistakes.map(({ message }) => message).join('\n'))
  return breakEvens(result.contract).map(({ one, other }) => `${one} ${other}`)
}

const developer = 'developer'

it('a yearly fee is a twelfth beside monthly ones', () => {
  // 1,200.00 a year is 100.00 a month.
  expect(
    neighbours({
      yearly: { price: '{ annual: "1200.00" }', supportPlan: developer },
      ninety: { price: '{ monthly: "90.00" }', supportPlan: developer },
      thousand: { price: '{ monthly: "1000.00" }', supportPlan: developer },
      just: { price: '{ annual: "1200.12" }', supportPlan: developer },
    }),
  ).toEqual(['ninety yearly', 'yearly just', 'just thousand'])
})

it('the fee of the support plan counts too', () => {
  // 10.00 with 500.00 of support is dearer than 400.00 without.
  expect(
    neighbours({
      supported: { price: '{ monthly: "10.00" }', supportPlan: 'business' },
      alone: { price: '{ monthly: "400.00" }', supportPlan: developer },
      last: { price: '{ monthly: "600.00" }', supportPlan: developer },
    }),
  ).toEqual(['alone supported', 'supported last'])
})

it('thirds of a cent are told apart, and of two that cost the same the first stays first', () => {
  expect(
    neighbours({
      third: { price: '{ annual: "100.00" }', supportPlan: developer },
      less: { price: '{ monthly: "8.33" }', supportPlan: developer },
      more: { price: '{ monthly: "8.34" }', supportPlan: developer },
      same: { price: '{ annual: "100.00" }', supportPlan: developer },
    }),
  ).toEqual(['less third', 'third same', 'same more'])
})
