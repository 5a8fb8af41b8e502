import type { Report } from './check-limits.ts'
import { checkNamed, checkPrice } from './check-promises.ts'
import { currencyOf } from './currency.ts'
import { childOf, entriesOf, itemsOf, textOf, type TreeNode } from './yaml-tree.ts'

/** Rules between the keys of plans, and what they take from the rest of the contract. */
export function checkPlans(root: TreeNode, report: Report): void {
  const minorDigits = checkCurrency(childOf(root, 'currency'), report)
  const supportPlans = entriesOf(childOf(root, 'supportPlans')).map(([name]) => name)
  const connectionsCounted = countsConnections(root)
  for (const [, { value: plan }] of entriesOf(childOf(root, 'plans'))) {
    checkNamed(childOf(plan, 'supportPlan'), 'support plan', supportPlans, report)
    checkPrice(childOf(plan, 'price'), report)
    checkMinorUnits(childOf(plan, 'price'), minorDigits, report)
    checkOverage(plan, report)
    const included = childOf(plan, 'includes')
    const connections = included?.kind === 'map' ? included.entries.get('connections') : undefined
    if (connections !== undefined && !connectionsCounted) {
      report(
        connections.keyStart,
        '`includes.connections` needs `metering.connections`, which is `none`: nothing counts them',
      )
    }
  }
  for (const [, { value: supportPlan }] of entriesOf(childOf(root, 'supportPlans'))) {
    checkMinorUnits(childOf(supportPlan, 'price'), minorDigits, report)
    for (const [, addOn] of entriesOf(childOf(supportPlan, 'addOns'))) {
      checkMinorUnits(childOf(addOn.value, 'price'), minorDigits, report)
    }
  }
}

function checkCurrency(node: TreeNode | undefined, report: Report): number | undefined {
  const code = textOf(node)
  if (node === undefined || code === undefined || !/^[A-Z]{3}$/.test(code)) return undefined
  const currency = currencyOf(code)
  if (currency !== undefined) return currency.minorDigits
  const near = nearestCurrency(code)
  report(node.start, `there is no currency \`${code}\`; ${near}`)
  return undefined
}

// With three letters only one slip is near enough, and the country's two are the likelier to be right.
function nearestCurrency(code: string): string {
  const near = Intl.supportedValuesOf('currency').find(known => known.startsWith(code.slice(0, 2)))
  return near === undefined ? 'expected an ISO 4217 code such as `USD`' : `did you mean \`${near}\`?`
}

/** Metering that is itself malformed is reported as such; it is not taken for `none`. */
function countsConnections(root: TreeNode): boolean {
  const metering = childOf(root, 'metering')
  const connections = childOf(metering, 'connections')
  return connections !== undefined && textOf(connections) !== 'none'
}

/** A fee that cannot be paid to the last digit is a slip; a price a unit may well be finer. */
function checkMinorUnits(price: TreeNode | undefined, minorDigits: number | undefined, report: Report): void {
  if (minorDigits === undefined) return
  for (const [, { value }] of entriesOf(price)) {
    const text = textOf(value)
    if (text === undefined || !/^\d+\.\d+$/.test(text)) continue
    const decimals = text.replace(/0+$/, '').length - text.indexOf('.') - 1
    if (decimals <= minorDigits) continue
    report(
      value.start,
      `the fee ${text} is finer than the currency’s minor unit, which has ${minorDigits} decimals`,
    )
  }
}

function checkOverage(plan: TreeNode, report: Report): void {
  const overage = childOf(plan, 'overage')
  for (const unit of ['mau', 'connections']) {
    const entry = overage?.kind === 'map' ? overage.entries.get(unit) : undefined
    if (entry === undefined) continue
    if (childOf(childOf(plan, 'includes'), unit) === undefined) {
      report(entry.keyStart, `overage for \`${unit}\` needs a number under \`includes.${unit}\` to be over`)
    }
    checkTiers(itemsOf(childOf(entry.value, 'tiers')), report)
  }
}

/** Tiers rise, and only the last is open, so that every unit has exactly one price. */
function checkTiers(tiers: readonly TreeNode[], report: Report): void {
  let previous = 0
  for (const [index, tier] of tiers.entries()) {
    if (tier.kind !== 'map') continue
    const upTo = childOf(tier, 'upTo')
    const last = index === tiers.length - 1
    if (upTo === undefined && !last) report(tier.start, 'only the last tier may be without `upTo`')
    if (upTo !== undefined && last)
      report(upTo.start, 'the last tier must be without `upTo`, so that it has no end')
    if (upTo?.kind !== 'whole') continue
    if (upTo.value <= previous)
      report(upTo.start, `\`upTo\` must rise from tier to tier, but ${upTo.value} is not above ${previous}`)
    previous = upTo.value
  }
}
