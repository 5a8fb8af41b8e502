import { join } from 'node:path'
import type { Kysely } from 'kysely'
import type { Contract } from '../core/contract/contract.ts'
import { readContract } from '../core/contract/read-contract.ts'
import { isoInstant } from '../core/time/instant.ts'
import { monthOf, monthSpan } from '../core/time/month.ts'
import { contractVersions } from '../store/contracts.ts'
import { readStore } from '../store/open-store.ts'
import { type Organization, findOrganization, listOrganizations } from '../store/organizations.ts'
import type { Schema } from '../store/schema.ts'
import { type CheckOutput, readChecked } from './check.ts'
import { breakEvens } from './simulate/break-even.ts'
import { type SimulatedCustomer, type WhatIf, simulateCustomer } from './simulate/customer.ts'
import { seatsOf } from './simulate/may-hold.ts'
import {
  type Simulation,
  knownNames,
  simulationCsv,
  simulationJson,
  simulationWords,
} from './simulate/words.ts'
import { UsageError } from './usage-error.ts'

export interface SimulateSettings {
  /** A file; undefined: the contract in force. */
  readonly contract?: string | undefined
  /** `YYYY-MM`, in UTC. */
  readonly month: string
  readonly data: string
  readonly databaseUrl?: string | undefined
  readonly plan?: string | undefined
  readonly organization?: string | undefined
  readonly json?: boolean | undefined
  readonly csv?: boolean | undefined
}

/**
 * `weir simulate`: what a recorded month would have cost each customer under another contract or plan, and whom its
 * limits would have stopped. Reads the store and changes nothing in it. Returns the exit status.
 */
export async function runSimulate(
  settings: SimulateSettings,
  io: CheckOutput,
  nowMs: number,
): Promise<number> {
  const given = settings.contract === undefined ? undefined : readChecked(settings.contract, io)
  if (given === undefined && settings.contract !== undefined) return 1
  const { data, databaseUrl } = settings
  const place = databaseUrl === undefined ? { file: join(data, 'weir.db') } : { url: databaseUrl }
  try {
    refuseIdle(settings, nowMs)
    const simulation = await readStore(place, db => simulate(db, given, settings, nowMs))
    const show = settings.json ? simulationJson : settings.csv ? simulationCsv : simulationWords
    io.out(show(simulation))
    return 0
  } catch (error) {
    if ([TypeError, RangeError, ReferenceError].some(bug => error instanceof bug)) throw error
    io.err(`weir simulate: ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}

/** Throws a UsageError where nothing would be priced anew, or nothing can have been recorded. */
function refuseIdle({ contract, plan, month }: SimulateSettings, nowMs: number): void {
  if (contract === undefined && plan === undefined) {
    throw new UsageError(
      'what is to be priced? Name a contract with --contract FILE, a plan of the contract in force with --plan NAME, or both',
    )
  }
  if (monthSpan(month).startMs > nowMs) {
    throw new UsageError(
      `${month} has not begun (UTC), so nothing is recorded of it; --month may be ${monthOf(nowMs)} or earlier`,
    )
  }
}

async function simulate(
  db: Kysely<Schema>,
  given: Contract | undefined,
  { month, plan, organization }: SimulateSettings,
  nowMs: number,
): Promise<Simulation> {
  const versions = await versionsOf(db)
  const contract = given ?? versions.at(-1)!.contract
  if (plan !== undefined && !Object.hasOwn(contract.plans, plan)) {
    throw new UsageError(`the contract has no plan "${plan}"; ${knownNames(Object.keys(contract.plans))}`)
  }
  const whatIf: WhatIf = {
    month,
    contract,
    plan,
    versions,
    seats: await seatsOf(db, contract, nowMs),
    nowMs,
  }
  const customers: SimulatedCustomer[] = []
  for await (const each of organizationsOf(db, organization)) {
    const simulated = await simulateCustomer(db, each, whatIf)
    if (simulated !== undefined) customers.push(simulated)
  }
  const recordedUntil = monthSpan(month).endMs > nowMs ? isoInstant(nowMs) : undefined
  return { month, recordedUntil, customers, breakEvens: breakEvens(contract) }
}

const A_PAGE = 200

async function* organizationsOf(db: Kysely<Schema>, only: string | undefined): AsyncGenerator<Organization> {
  if (only !== undefined) {
    const found = await findOrganization(db, only)
    if (found === undefined) throw new UsageError(`there is no organization "${only}" in the store`)
    yield found
    return
  }
  let position: { ms: number; id: string } | undefined
  for (;;) {
    const page = await listOrganizations(db, { limit: A_PAGE, after: position })
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < A_PAGE) return
    position = { ms: last.createdMs, id: last.id }
  }
}

/** Every version there was, ascending, never none: a year paid long ago was priced by an old one. */
async function versionsOf(db: Kysely<Schema>): Promise<WhatIf['versions']> {
  const versions: WhatIf['versions'][number][] = []
  let below: number | undefined
  for (;;) {
    const page = await contractVersions(db, { limit: A_PAGE, below })
    for (const { version, yaml, documents, pricesFromMs } of page) {
      const result = readContract(yaml, `version ${version}`, name => documents[name])
      if (!result.ok) throw new UsageError(`contract version ${version} in the store can no longer be read`)
      versions.unshift({ version, fromMs: pricesFromMs, contract: result.contract })
    }
    below = page.at(-1)?.version
    if (page.length < A_PAGE) break
  }
  if (versions.length === 0) throw new UsageError('no contract was ever loaded into this store')
  return versions
}
