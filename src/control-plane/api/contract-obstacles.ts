import type { Kysely } from 'kysely'
import type { Contract, Limits } from '../../core/contract/contract.ts'
import { appsWithLimits } from '../../store/apps.ts'
import type { Schema } from '../../store/schema.ts'
import { limitsInTerms } from '../../store/terms.ts'
import { heldSubscriptions, type Subscription } from '../../store/subscriptions.ts'
import { limitNames } from './limit-names.ts'

/**
 * Why a contract cannot come into force: it drops what a customer holds or an app's override names. One
 * sentence each; empty when nothing stands in the way.
 */
export async function obstaclesTo(db: Kysely<Schema>, contract: Contract, nowMs: number): Promise<string[]> {
  const held = await heldSubscriptions(db, nowMs)
  const overridden = await appsWithLimits(db)
  const negotiated = await limitsInTerms(db)
  return [
    ...held.flatMap(subscription => missingFor(subscription, contract)),
    ...overridden.flatMap(({ id, limits }) => missingNames(`limits of app ${id}`, limits, contract)),
    ...negotiated.flatMap(({ organizationId, limits }) =>
      missingNames(`terms of organization ${organizationId}`, limits, contract),
    ),
  ]
}

function missingFor(subscription: Subscription, contract: Contract): string[] {
  const { organizationId, plan, supportPlan, addOns } = subscription
  const who = `organization ${organizationId}`
  if (!Object.hasOwn(contract.plans, plan)) {
    return [`It drops the plan "${plan}", which ${who} holds.`]
  }
  const support = Object.hasOwn(contract.supportPlans, supportPlan)
    ? contract.supportPlans[supportPlan]
    : undefined
  if (support === undefined) return [`It drops the support plan "${supportPlan}", which ${who} holds.`]
  return addOns
    .filter(name => !Object.hasOwn(support.addOns, name))
    .map(name => `It drops the add-on "${name}" of the support plan "${supportPlan}", which ${who} holds.`)
}

function missingNames(where: string, limits: Limits, contract: Contract): string[] {
  const known = limitNames(contract)
  const endpoints = new Set(
    [limits.user, limits.app, ...Object.values(limits.platforms ?? {})].flatMap(each =>
      Object.keys(each ?? {}),
    ),
  )
  const platforms = Object.keys(limits.platforms ?? {})
  return [
    ...[...endpoints]
      .filter(name => !known.endpoints.includes(name))
      .map(name => `It drops the endpoint "${name}", which the ${where} name.`),
    ...platforms
      .filter(name => !known.platforms.includes(name))
      .map(name => `It drops the platform "${name}", which the ${where} name.`),
  ]
}
