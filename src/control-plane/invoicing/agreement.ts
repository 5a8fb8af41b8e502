import type { Kysely } from 'kysely'
import type { Contract } from '../../core/contract/contract.ts'
import { readContract } from '../../core/contract/read-contract.ts'
import { type AgreedFacts, type Arrangement, arrangementsOf } from '../../core/pricing/arrangement.ts'
import { contractsAfter, type ContractVersion } from '../../store/contracts.ts'
import { allLeavings, leavingOf } from '../../store/leavings.ts'
import type { Schema } from '../../store/schema.ts'
import { allSubscriptions, subscriptionsOf } from '../../store/subscriptions.ts'
import { type DatedTerms, allTerms, termsOf } from '../../store/terms.ts'

/** What was agreed between the provider and one customer, over all time. */
export interface Agreement {
  readonly facts: AgreedFacts
  /** Ascending and without gaps; empty for an organization that never held a plan. */
  readonly arrangements: readonly Arrangement[]
  /** When the customer left or will; undefined: it stays. */
  readonly leftMs: number | undefined
}

export interface PricedVersion {
  readonly version: number
  readonly fromMs: number
  readonly contract: Contract
}

/** Reads agreements out of the store. It keeps the contract's versions parsed: they never change. */
export interface Agreements {
  /** The versions whose prices hold at some time, ascending by when they begin. Never empty. */
  versions(db: Kysely<Schema>): Promise<readonly PricedVersion[]>
  of(db: Kysely<Schema>, organizationId: string): Promise<Agreement>
  /** Of every organization that ever held a plan, ascending by id: as many questions as of one. */
  all(db: Kysely<Schema>): Promise<ReadonlyMap<string, Agreement>>
}

export function createAgreements(): Agreements {
  const known: PricedVersion[] = []
  async function versions(db: Kysely<Schema>): Promise<readonly PricedVersion[]> {
    const last = known.at(-1)?.version ?? 0
    for (const stored of await contractsAfter(db, last)) {
      // Another call may have read it meanwhile.
      if (stored.version > (known.at(-1)?.version ?? 0)) known.push(parsed(stored))
    }
    return thatHold(known)
  }
  return {
    versions,
    async of(db, organizationId) {
      return agreementOf({
        subscriptions: await subscriptionsOf(db, organizationId),
        terms: (await termsOf(db, organizationId)).map(dated),
        contracts: await versions(db),
        endedMs: (await leavingOf(db, organizationId))?.atMs,
      })
    },
    async all(db) {
      const terms = Map.groupBy(await allTerms(db), ({ organizationId }) => organizationId)
      const contracts = await versions(db)
      const leavings = await allLeavings(db)
      const subscriptions = Map.groupBy(await allSubscriptions(db), ({ organizationId }) => organizationId)
      const all = [...subscriptions].map(([id, own]) => {
        const facts = { subscriptions: own, terms: (terms.get(id) ?? []).map(dated), contracts }
        return [id, agreementOf({ ...facts, endedMs: leavings.get(id)?.atMs })] as const
      })
      return new Map(all)
    },
  }
}

function agreementOf(facts: AgreedFacts): Agreement {
  const arrangements = facts.subscriptions.length === 0 ? [] : arrangementsOf(facts)
  return { facts, arrangements, leftMs: facts.endedMs }
}

function dated({ fromMs, terms }: Pick<DatedTerms, 'fromMs' | 'terms'>): AgreedFacts['terms'][number] {
  return { fromMs, ...terms }
}

/** The version whose prices hold at an instant; before the first, the first. */
export function versionAt(versions: readonly PricedVersion[], atMs: number): PricedVersion {
  const found = versions.findLast(({ fromMs }) => fromMs <= atMs) ?? versions[0]
  if (found === undefined) throw new Error('no contract was ever loaded')
  return found
}

/** Like subscriptions and terms: a version takes the place of those that were to begin with it or later. */
function thatHold(versions: readonly PricedVersion[]): PricedVersion[] {
  return versions.filter(
    ({ version, fromMs }) => !versions.some(later => later.version > version && later.fromMs <= fromMs),
  )
}

function parsed({ version, pricesFromMs, yaml, documents }: ContractVersion): PricedVersion {
  const result = readContract(yaml, `contract version ${version}`, name => documents[name])
  if (!result.ok) throw new Error(`contract version ${version} in the store can no longer be read`)
  return { version, fromMs: pricesFromMs, contract: result.contract }
}
