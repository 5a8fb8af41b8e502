import { buildContract } from './build-contract.ts'
import { checkLimits, type KnownNames, type Report } from './check-limits.ts'
import { checkPlans } from './check-plans.ts'
import { checkPromises, knownSeverities } from './check-promises.ts'
import { checkTraffic } from './check-traffic.ts'
import type { Contract } from './contract.ts'
import { declaredEndpoints, longerThan } from './declared-endpoints.ts'
import type { Mistake } from './mistake.ts'
import { checkShape } from './shape-mistakes.ts'
import { childOf, entriesOf, readYamlTree, textOf, type TreeNode } from './yaml-tree.ts'

export type ReadContract =
  { readonly ok: true; readonly contract: Contract } | { readonly ok: false; readonly mistakes: Mistake[] }

const MAX_CONTRACT_BYTES = 1024 * 1024
/** Past these the list helps nobody, and to find the name that was meant for each would take long. */
const MAX_MISTAKES = 200

/**
 * Reads contract.yaml. Either a contract with every name resolved and every default filled in, or its
 * mistakes all at once (of several hundred the first ones), in file order, those of documents beside it last. `file` is only the name shown in
 * mistakes; `readBeside` gives the text of a file beside the contract, or undefined if there is none.
 * Never throws, whatever the text.
 */
export function readContract(
  text: string,
  file: string,
  readBeside: (name: string) => string | undefined,
): ReadContract {
  if (longerThan(text, MAX_CONTRACT_BYTES)) {
    return wrong({
      file,
      line: 1,
      column: 1,
      message: 'the contract is larger than 1 MiB, the most it may be',
    })
  }
  const tree = readYamlTree(text)
  const mistakes: Mistake[] = []
  const report: Report = (offset, message) => {
    if (mistakes.length >= MAX_MISTAKES) return
    const said = typeof message === 'string' ? message : message()
    mistakes.push({ file, ...tree.positionOf(offset), message: said })
  }
  for (const { offset, message } of tree.findings) report(offset, message)
  const { root } = tree
  if (root === undefined) return { ok: false, mistakes: inOrder(mistakes, file) }
  if (root.kind === 'nothing') return wrong({ file, line: 1, column: 1, message: 'the contract is empty' })
  const shape = checkShape(root)
  // An alias, for one, has no value of its own; that is not a second mistake.
  const said = new Set(tree.findings.map(finding => finding.offset))
  for (const { offset, message } of shape.findings) if (!said.has(offset)) report(offset, message)
  const declared = declaredEndpoints(root, { file, tree, readBeside })
  mistakes.push(...declared.mistakes.slice(0, MAX_MISTAKES))
  const known = knownNames(root, declared.complete ? declared.names : undefined)
  checkTraffic(root, declared.endpoints, known, report)
  checkLimits(root, known, report)
  checkPromises(root, declared.endpoints, known, report)
  checkPlans(root, report)
  if (root.kind === 'map' && declared.complete && declared.endpoints.length === 0)
    reportNoEndpoints(root, report)
  if (mistakes.length > 0 || shape.input === undefined)
    return { ok: false, mistakes: inOrder(mistakes, file) }
  return { ok: true, contract: buildContract(shape.input, declared.endpoints, knownSeverities(root)) }
}

function wrong(mistake: Mistake): ReadContract {
  return { ok: false, mistakes: [mistake] }
}

/** Limits may also name what `unmatched` gives a name. */
function knownNames(root: TreeNode, declared: readonly string[] | undefined): KnownNames {
  const unmatched = textOf(childOf(root, 'unmatched'))
  const extra = unmatched === undefined || unmatched === 'reject' ? [] : [unmatched]
  return {
    declared: new Set(declared),
    endpoints: declared === undefined ? undefined : new Set([...declared, ...extra]),
    platforms: new Set(entriesOf(childOf(root, 'platforms')).map(([name]) => name)),
  }
}

function reportNoEndpoints(root: TreeNode, report: Report): void {
  const section = root.kind === 'map' ? root.entries.get('endpoints') : undefined
  if (section?.value.kind !== 'map' || section.value.entries.size > 0) return
  report(section.keyStart, '`endpoints` is empty; declare at least one, or name an `openapi` document')
}

/** By line and column; the contract's own before those of its documents; said twice is said once. */
function inOrder(mistakes: readonly Mistake[], file: string): Mistake[] {
  const files = [...new Set([file, ...mistakes.map(mistake => mistake.file)])]
  const sorted = mistakes.toSorted(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  )
  const seen = new Set<string>()
  return sorted.filter(({ file: at, line, column, message }) => {
    const key = `${at}\n${line}:${column}\n${message}`
    return !seen.has(key) && seen.add(key)
  })
}
