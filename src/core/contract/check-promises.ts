import { checkAvailability } from './check-availability.ts'
import { checkCalendars, checkTimeZone } from './check-calendars.ts'
import type { KnownNames, Report } from './check-limits.ts'
import { checkTwice } from './check-twice.ts'
import type { Endpoint } from './contract.ts'
import { suggestion } from './nearest-name.ts'
import { childOf, entriesOf, itemsOf, textOf, type TreeNode } from './yaml-tree.ts'

/** Rules between the keys of availability, calendars, severities and support plans. */
export function checkPromises(
  root: TreeNode,
  endpoints: readonly Endpoint[],
  known: KnownNames,
  report: Report,
): void {
  checkAvailability(root, endpoints, known, report)
  checkCalendars(root, report)
  const calendars = entriesOf(childOf(root, 'calendars')).map(([name]) => name)
  const severities = knownSeverities(root)
  for (const [, plan] of entriesOf(childOf(root, 'supportPlans'))) {
    const support = childOf(plan.value, 'support')
    checkNamed(childOf(support, 'calendar'), 'calendar', calendars, report)
    for (const promise of ['firstResponse', 'nextResponse', 'resolution']) {
      checkSeverities(childOf(support, promise), severities, report)
    }
    checkTwice(itemsOf(childOf(support, 'channels')), report)
    for (const [, addOn] of entriesOf(childOf(plan.value, 'addOns'))) {
      checkPrice(childOf(addOn.value, 'price'), report)
      checkSeverities(childOf(addOn.value, 'firstResponse'), severities, report)
    }
    checkPrice(childOf(plan.value, 'price'), report)
    checkSla(childOf(plan.value, 'sla'), report)
  }
}

/** Those under `severities`; without that key, the ones that `firstResponse` of any support plan names. */
export function knownSeverities(root: TreeNode): string[] {
  const declared = childOf(root, 'severities')
  if (declared !== undefined) return entriesOf(declared).map(([name]) => name)
  const plans = entriesOf(childOf(root, 'supportPlans'))
  const used = plans.flatMap(([, plan]) =>
    entriesOf(childOf(childOf(plan.value, 'support'), 'firstResponse')),
  )
  return [...new Set(used.map(([name]) => name))]
}

export function checkNamed(
  node: TreeNode | undefined,
  what: string,
  known: readonly string[],
  report: Report,
): void {
  const name = textOf(node)
  if (node === undefined || name === undefined || known.includes(name)) return
  report(node.start, () => `there is no ${what} \`${name}\`${suggestion(name, known)}`)
}

function checkSeverities(targets: TreeNode | undefined, known: readonly string[], report: Report): void {
  for (const [severity, entry] of entriesOf(targets)) {
    if (known.includes(severity)) continue
    report(entry.keyStart, () => `there is no severity \`${severity}\`${suggestion(severity, known)}`)
  }
}

/** A price says something: by the month, by the year, or both to choose from. */
export function checkPrice(price: TreeNode | undefined, report: Report): void {
  if (price?.kind !== 'map') return
  if (childOf(price, 'monthly') === undefined && childOf(price, 'annual') === undefined) {
    report(price.start, 'a price needs `monthly` or `annual`, or both')
  }
}

function checkSla(sla: TreeNode | undefined, report: Report): void {
  checkTimeZone(childOf(sla, 'timezone'), report)
  const seen = new Set<string>()
  for (const tier of itemsOf(childOf(sla, 'tiers'))) {
    const below = childOf(tier, 'below')
    const text = textOf(below)
    if (below === undefined || text === undefined) continue
    const plain = canonicalDecimal(text)
    if (seen.has(plain)) report(below.start, `two tiers are for uptime below ${text}; keep one of the two`)
    seen.add(plain)
  }
}

/** `99.0` and `99.00` are the same number. */
function canonicalDecimal(text: string): string {
  const plain = text.replace(/^0+(?=\d)/, '')
  return plain.includes('.') ? plain.replace(/\.?0+$/, '') : plain
}
