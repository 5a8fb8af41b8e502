import type { Contract, Limits, Plan } from '../../core/contract/contract.ts'
import type { Terms } from '../../core/contract/terms.ts'
import { type EndpointRouter, createEndpointRouter } from '../../core/contract/endpoint-router.ts'
import { type ApplicableLimits, applicableLimits } from '../../core/limits/applicable-limits.ts'
import { credentialHash } from '../../identity/credentials.ts'
import { type KeySets, createKeySets } from '../../identity/key-sets.ts'
import { type TokenVerifier, createTokenVerifier } from '../../identity/tokens.ts'
import type { SharedCounters, SharedScope } from '../counters/shared-memory.ts'
import { type PlatformFinder, createPlatformFinder } from './platform-finder.ts'

/** An app as whoever decides is told of it: everything needed to do so without asking anyone. */
export interface AppRecord {
  readonly id: string
  readonly organizationId: string
  readonly name: string
  readonly suspended: boolean
  /** SHA-256, hex, of each API key that holds. */
  readonly keyHashes: readonly string[]
  readonly secret: string
  /** Empty under a contract without plans. */
  readonly plan: string
  /** What was negotiated with its organization; `{}` if nothing was. */
  readonly terms: Terms
  /** The override of this one app. */
  readonly limits: Limits
  /** True: its requests are the provider's own probes, and in no slice. */
  readonly forProbes?: boolean
}

/** What has changed: a new contract, some apps, or both. */
export interface DirectoryUpdate {
  readonly contract?: Contract | undefined
  readonly apps: readonly AppRecord[]
}

/** A contract with what is made ready from it once, not on every request. */
export interface ContractInForce {
  readonly contract: Contract
  readonly router: EndpointRouter
  readonly platforms: PlatformFinder
  /** undefined on a key-only API. */
  readonly tokens: TokenVerifier | undefined
}

/** Limits and counters of one app, endpoint and platform. */
export interface Scope {
  readonly appId: string
  readonly endpoint: string
  readonly platform: string
  readonly limits: ApplicableLimits
  readonly counters: SharedScope
}

/** One app under the contract in force. */
export interface App extends AppRecord {
  /** The included numbers of a plan without overage; undefined: more is billed, not refused. */
  readonly hardNumbers: Plan['includes'] | undefined
  scope(endpoint: string, platform: string): Scope
}

/** The last contract, apps and keys that this thread knew: it decides by them whatever else is down. */
export interface AppDirectory {
  readonly inForce: ContractInForce
  byKey(apiKey: string): App | undefined
  byId(appId: string): App | undefined
  update(change: DirectoryUpdate): void
}

export function createAppDirectory(contract: Contract, counters: SharedCounters): AppDirectory {
  const keySets = createKeySets()
  let inForce = putInForce(contract, keySets)
  const apps = new Map<string, App>()
  const appIdByKeyHash = new Map<string, string>()
  /** Keys that were seen and hold: hashing is paid once a key. Unknown keys never enter, so it stays bounded. */
  const hashByKey = new Map<string, string>()

  function put(record: AppRecord): void {
    for (const hash of apps.get(record.id)?.keyHashes ?? []) appIdByKeyHash.delete(hash)
    for (const hash of record.keyHashes) appIdByKeyHash.set(hash, record.id)
    apps.set(record.id, appUnder(inForce.contract, record, counters))
  }

  return {
    get inForce() {
      return inForce
    },
    byId: appId => apps.get(appId),
    byKey(apiKey) {
      const known = hashByKey.get(apiKey)
      const hash = known ?? credentialHash(apiKey)
      const appId = appIdByKeyHash.get(hash)
      if (appId === undefined) return undefined
      if (known === undefined) hashByKey.set(apiKey, hash)
      return apps.get(appId)
    },
    update(change) {
      hashByKey.clear()
      if (change.contract) {
        inForce = putInForce(change.contract, keySets)
        for (const app of apps.values()) put(app)
      }
      for (const record of change.apps) put(record)
    },
  }
}

function putInForce(contract: Contract, keySets: KeySets): ContractInForce {
  return {
    contract,
    router: createEndpointRouter(contract),
    platforms: createPlatformFinder(contract.platforms),
    tokens: contract.identity.token ? createTokenVerifier(contract.identity, keySets) : undefined,
  }
}

function appUnder(contract: Contract, record: AppRecord, counters: SharedCounters): App {
  const plan = Object.hasOwn(contract.plans, record.plan) ? (contract.plans[record.plan] as Plan) : undefined
  const sources = [record.limits, record.terms.limits ?? {}, plan?.limits ?? {}, contract.limits]
  const scopes = new Map<string, Map<string, Scope>>()
  return {
    ...record,
    hardNumbers: hardNumbersOf(plan, record.terms),
    scope(endpoint, platform) {
      let ofEndpoint = scopes.get(endpoint)
      if (!ofEndpoint) scopes.set(endpoint, (ofEndpoint = new Map()))
      let scope = ofEndpoint.get(platform)
      if (!scope) {
        const name = { appId: record.id, endpoint, platform }
        const limits = applicableLimits(sources, endpoint, platform)
        ofEndpoint.set(
          platform,
          (scope = { ...name, limits, counters: counters.scope(name, contract.limits.window) }),
        )
      }
      return scope
    },
  }
}

/** Terms may make a plan's numbers hard, give it prices for more, or other numbers. */
function hardNumbersOf(plan: Plan | undefined, { overage, includes }: Terms): App['hardNumbers'] {
  if (plan === undefined || (overage ?? plan.overage) !== 'none') return undefined
  return { ...plan.includes, ...includes }
}
