import { suggestion } from './nearest-name.ts'
import { childOf, entriesOf, type TreeNode } from './yaml-tree.ts'

/** Takes a mistake at an offset of the contract's text. A message that costs something to find is a function. */
export type Report = (offset: number, message: string | (() => string)) => void

/** What the parts of a contract may refer to. */
export interface KnownNames {
  /** Endpoints that are declared, as far as they are known. */
  readonly declared: ReadonlySet<string>
  /** With the name under `unmatched`. undefined: not all are known, so none can be called unknown. */
  readonly endpoints: ReadonlySet<string> | undefined
  readonly platforms: ReadonlySet<string>
}

/** Limits name only endpoints and platforms that exist: in the contract, and in every plan. */
export function checkLimits(root: TreeNode, known: KnownNames, report: Report): void {
  checkSources(childOf(root, 'limits'), known, report)
  for (const [, plan] of entriesOf(childOf(root, 'plans')))
    checkSources(childOf(plan.value, 'limits'), known, report)
}

function checkSources(limits: TreeNode | undefined, known: KnownNames, report: Report): void {
  checkEndpointKeys(childOf(limits, 'user'), known, report)
  checkEndpointKeys(childOf(limits, 'app'), known, report)
  for (const [platform, entry] of entriesOf(childOf(limits, 'platforms'))) {
    if (!known.platforms.has(platform)) {
      report(
        entry.keyStart,
        () => `there is no platform \`${platform}\`${suggestion(platform, [...known.platforms])}`,
      )
    }
    checkEndpointKeys(entry.value, known, report)
  }
}

function checkEndpointKeys(limits: TreeNode | undefined, known: KnownNames, report: Report): void {
  for (const [endpoint, entry] of entriesOf(limits)) {
    if (endpoint !== 'default') checkEndpointName(endpoint, entry.keyStart, known, report)
  }
}

export function checkEndpointName(name: string, offset: number, known: KnownNames, report: Report): boolean {
  const { endpoints } = known
  if (endpoints === undefined || endpoints.has(name)) return true
  report(offset, () => `there is no endpoint \`${name}\`${suggestion(name, [...endpoints])}`)
  return false
}
