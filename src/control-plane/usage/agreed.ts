import type { Kysely } from 'kysely'
import type { Contract } from '../../core/contract/contract.ts'
import { type PricedContract, arrangementsOf } from '../../core/pricing/arrangement.ts'
import { readContract } from '../../core/contract/read-contract.ts'
import { contractVersions } from '../../store/contracts.ts'
import type { Schema } from '../../store/schema.ts'
import { subscriptionsOf } from '../../store/subscriptions.ts'
import { termsOf } from '../../store/terms.ts'
import type { Agreed } from './month-forecast.ts'

/** What was agreed with an organization over all time; undefined for one that never had a plan. */
export async function agreedWith(
  db: Kysely<Schema>,
  organizationId: string,
  { currency }: Contract,
): Promise<Agreed | undefined> {
  const subscriptions = await subscriptionsOf(db, organizationId)
  if (subscriptions.length === 0) return undefined
  const terms = (await termsOf(db, organizationId)).map(each => ({ fromMs: each.fromMs, ...each.terms }))
  const arrangements = arrangementsOf({ subscriptions, terms, contracts: await pricedContracts(db) })
  return { arrangements, currency }
}

/** Versions never change, so each is parsed once. */
const parsed = new WeakMap<object, Map<number, PricedContract>>()
const MOST_VERSIONS = 10_000

async function pricedContracts(db: Kysely<Schema>): Promise<PricedContract[]> {
  const known = parsed.get(db) ?? new Map<number, PricedContract>()
  parsed.set(db, known)
  const stored = await contractVersions(db, { limit: MOST_VERSIONS })
  return stored.toReversed().map(({ version, yaml, documents, pricesFromMs }) => {
    const present = known.get(version)
    if (present !== undefined) return present
    const result = readContract(yaml, `contract version ${version}`, name => documents[name])
    if (!result.ok) throw new Error(`contract version ${version} in the store can no longer be read`)
    const priced = { version, fromMs: pricesFromMs, contract: result.contract }
    known.set(version, priced)
    return priced
  })
}
