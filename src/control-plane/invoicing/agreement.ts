import type { Kysely } from 'kysely'
import type { Contract } from '../../core/contract/contract.ts'
import { readContract } from '../../core/contract/read-contract.ts'
import { type AgreedFacts, type Arrangement, arrangementsOf } from '../../core/pricing/arrangement.ts'
import { contractsAfter, type ContractVersion } from '../../store/contracts.ts'
import { leavingOf } from '../../store/leavings.ts'
import type { Schema } from '../../store/schema.ts'
import { subscriptionsOf } from '../../store/subscriptions.ts'
import { termsOf } from '../../store/terms.ts'

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
      const leaving = await leavingOf(db, organizationId)
      const facts: AgreedFacts = {
        subscriptions: await subscriptionsOf(db, organizationId),
        terms: (await termsOf(db, organizationId)).map(({ fromMs, terms }) => ({ fromMs, ...terms })),
        contracts: await versions(db),
        endedMs: leaving?.atMs,
      }
      const arrangements = facts.subscriptions.length === 0 ? [] : arrangementsOf(facts)
      return { facts, arrangements, leftMs: leaving?.atMs }
    },
  }
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
