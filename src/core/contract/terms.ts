import type { Limits, Overage, Plan, Price, Sla, Support } from './contract.ts'
import { readContract } from './read-contract.ts'
import { plainValue } from './shape-mistakes.ts'
import { type TreeNode, readYamlTree } from './yaml-tree.ts'

/** What was negotiated with one customer, in the contract's own shapes: only what it names differs from the plan. */
export interface Terms {
  readonly price?: Partial<Price>
  readonly includes?: Partial<Plan['includes']>
  readonly overage?: Partial<Overage> | 'none'
  /** A source of limits of its own, between an app's override and the plan. */
  readonly limits?: Limits
  readonly sla?: Sla
  readonly support?: Partial<Support>
}

export interface TermsMistake {
  /** Within the terms: `overage.mau.tiers`. */
  readonly path: string
  readonly message: string
}

export type ReadTerms =
  | { readonly ok: true; readonly terms: Terms }
  | { readonly ok: false; readonly mistakes: readonly TermsMistake[] }

/** The contract that terms are negotiated under, and which of its plans the customer holds. */
export interface TermsGround {
  readonly yaml: string
  readonly readBeside: (name: string) => string | undefined
  readonly plan: string
  readonly supportPlan: string
}

/**
 * Reads terms as they were said. They are right if the contract is right with them in the place of the plan's own
 * words: so every rule of contracts holds for them too, and none has to be written twice.
 */
export function readTerms(said: Readonly<Record<string, unknown>>, ground: TermsGround): ReadTerms {
  const unknown = Object.keys(said).filter(key => !PARTS.includes(key))
  if (unknown.length > 0) {
    const message = `terms can name ${PARTS.join(', ')}`
    return { ok: false, mistakes: unknown.map(path => ({ path, message })) }
  }
  const text = JSON.stringify(contractWith(said, ground))
  const result = readContract(text, 'terms', ground.readBeside)
  if (!result.ok) {
    const places = placesOf(text)
    const mistakes = result.mistakes.map(({ column, message }) => ({
      path: pathAt(places, column - 1, ground),
      message: message
        .replaceAll(`plans.${ground.plan}.`, '')
        .replaceAll(`supportPlans.${ground.supportPlan}.`, ''),
    }))
    return { ok: false, mistakes }
  }
  const plan = result.contract.plans[ground.plan]!
  const { sla, support } = result.contract.supportPlans[ground.supportPlan]!
  return { ok: true, terms: namedParts(said, { ...plan, sla, support }) }
}

const PARTS = ['price', 'includes', 'overage', 'limits', 'sla', 'support']

interface Words {
  [key: string]: unknown
}

function contractWith(said: Words, { yaml, plan, supportPlan }: TermsGround): Words {
  const { root } = readYamlTree(yaml)
  const contract = plainValue(root!) as { plans: Record<string, Words>; supportPlans: Record<string, Words> }
  const ofPlan = contract.plans[plan]!
  const ofSupport = contract.supportPlans[supportPlan]!
  const { limits: _, ...withoutLimits } = ofPlan
  return {
    ...contract,
    plans: {
      ...contract.plans,
      [plan]: {
        ...withoutLimits,
        price: laidOver(ofPlan['price'], said['price']),
        includes: laidOver(ofPlan['includes'] ?? {}, said['includes']),
        overage: laidOver(ofPlan['overage'], said['overage']),
        ...('limits' in said && { limits: said['limits'] }),
      },
    },
    supportPlans: {
      ...contract.supportPlans,
      [supportPlan]: {
        ...ofSupport,
        ...('sla' in said && { sla: said['sla'] }),
        support: laidOver(ofSupport['support'], said['support']),
      },
    },
  }
}

/** Key by key where both are maps; whatever else is said takes the place of what was there. */
function laidOver(before: unknown, said: unknown): unknown {
  if (said === undefined) return before
  return isMap(before) && isMap(said) ? { ...before, ...said } : said
}

function isMap(value: unknown): value is Words {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Of what was built, the parts and keys that the terms name themselves. */
function namedParts(said: Words, built: Plan & { sla: Sla; support: Support }): Terms {
  const named = <Part extends object>(part: Part, words: unknown): Partial<Part> =>
    Object.fromEntries(Object.entries(part).filter(([key]) => isMap(words) && key in words)) as Partial<Part>
  return {
    ...('price' in said && { price: named(built.price, said['price']) }),
    ...('includes' in said && { includes: named(built.includes, said['includes']) }),
    ...('overage' in said && {
      overage: built.overage === 'none' ? built.overage : named(built.overage, said['overage']),
    }),
    ...(built.limits && { limits: built.limits }),
    ...('sla' in said && { sla: built.sla }),
    ...('support' in said && { support: named(built.support, said['support']) }),
  }
}

interface Place {
  readonly offset: number
  readonly path: readonly string[]
}

/** Every key and value of a JSON text with its path, in the order of the text. */
function placesOf(text: string): Place[] {
  const places: Place[] = []
  const walk = (node: TreeNode, path: readonly string[]): void => {
    places.push({ offset: node.start, path })
    if (node.kind === 'list') for (const [i, item] of node.items.entries()) walk(item, [...path, String(i)])
    if (node.kind !== 'map') return
    for (const [key, entry] of node.entries) {
      places.push({ offset: entry.keyStart, path: [...path, key] })
      walk(entry.value, [...path, key])
    }
  }
  const { root } = readYamlTree(text)
  if (root !== undefined) walk(root, [])
  return places
}

/** The path of what lies at an offset, without the way to the plan. */
function pathAt(places: readonly Place[], offset: number, { plan, supportPlan }: TermsGround): string {
  const path = places.findLast(place => place.offset <= offset)?.path ?? []
  const [section, name, ...rest] = path
  const isOurs =
    (section === 'plans' && name === plan) || (section === 'supportPlans' && name === supportPlan)
  return (isOurs ? rest : path).join('.')
}
