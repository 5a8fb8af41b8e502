import type { Contract, Limits } from '../contract.ts'
import { grouped } from '../plain-words.ts'
import type { Change } from './change.ts'
import { countedNames } from './endpoint-changes.ts'
import type { LimitCell } from './limit-changes.ts'

/**
 * Numbers that are written differently though no number that holds is another for it: one for endpoints that all have
 * their own, for example. Whoever wrote it ought to know; a customer’s own terms may still come to feel it.
 */
export function unfeltLimits(before: Contract, after: Contract, felt: readonly LimitCell[]): Change[] {
  const old = new Map(writtenLimits(before).map(limit => [limit.path, limit]))
  const now = new Map(writtenLimits(after).map(limit => [limit.path, limit]))
  const known = new Set(countedNames(before).filter(name => countedNames(after).includes(name)))
  const platforms = new Set(before.platforms.map(({ name }) => name))
  const isShared = ({ plan, endpoint, platform }: WrittenLimit) =>
    (plan === undefined || (Object.hasOwn(before.plans, plan) && Object.hasOwn(after.plans, plan))) &&
    (endpoint === undefined || endpoint === 'default' || known.has(endpoint)) &&
    (platform === undefined ||
      (platforms.has(platform) && after.platforms.some(({ name }) => name === platform)))
  const paths = [...new Set([...old.keys(), ...now.keys()])]
  return paths.flatMap(path => {
    const [was, is] = [old.get(path), now.get(path)]
    const limit = is ?? was
    if (limit === undefined || was?.value === is?.value || !isShared(limit)) return []
    if (felt.some(cell => feels(cell, limit))) return []
    const what = `\`${path}\`, as written: it changes no number that holds`
    const words = { before: was?.value ?? null, after: is?.value ?? null }
    return [{ who: { kind: 'provider' }, what, ...words, effect: 'neither', holds: 'at once' }]
  })
}

interface WrittenLimit {
  readonly path: string
  readonly plan: string | undefined
  readonly kind: LimitCell['kind']
  readonly endpoint: string | undefined
  readonly platform: string | undefined
  readonly value: string
}

function writtenLimits(contract: Contract): WrittenLimit[] {
  return [
    ...leaves(contract.limits, undefined),
    ...Object.entries(contract.plans).flatMap(([name, { limits }]) =>
      limits === undefined ? [] : leaves(limits, name),
    ),
  ]
}

function leaves({ user = {}, app = {}, platforms = {}, burst }: Limits, plan: string | undefined) {
  const path = plan === undefined ? 'limits' : `plans.${plan}.limits`
  const list = (
    kind: 'user' | 'app',
    limits: Readonly<Record<string, number | 'off'>>,
    platform?: string,
  ): WrittenLimit[] =>
    Object.entries(limits).map(([endpoint, limit]) => ({
      path: `${path}.${platform === undefined ? kind : `platforms.${platform}`}.${endpoint}`,
      plan,
      kind,
      endpoint,
      platform,
      value: limit === 'off' ? limit : grouped(limit),
    }))
  const rule = burst === undefined || burst === 'off' ? burst : `divisor ${grouped(burst.divisor)}`
  const ofBurst = { plan, kind: 'burst' as const, endpoint: undefined, platform: undefined }
  return [
    ...list('user', user),
    ...list('app', app),
    ...Object.entries(platforms).flatMap(([platform, limits]) => list('app', limits, platform)),
    ...(rule === undefined ? [] : [{ ...ofBurst, path: `${path}.burst`, value: rule }]),
  ]
}

/** Could this number be why that one holds? A default is felt by whatever has none of its own. */
function feels(cell: LimitCell, limit: WrittenLimit): boolean {
  return (
    cell.kind === limit.kind &&
    (limit.plan === undefined || cell.scope === limit.plan) &&
    (limit.endpoint === undefined || limit.endpoint === 'default' || cell.endpoint === limit.endpoint) &&
    (limit.platform === undefined || cell.platform === limit.platform)
  )
}
