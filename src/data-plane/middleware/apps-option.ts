import { z } from 'zod'
import { type Contract, type Limits, RATE_LIMITS_ENDPOINT } from '../../core/contract/contract.ts'
import { suggestion } from '../../core/contract/nearest-name.ts'
import { credentialHash } from '../../identity/credentials.ts'
import type { AppRecord } from '../decide/app-directory.ts'

/** An application that may call the API. */
export interface AppOption {
  readonly id: string
  /** Its id if left out. */
  readonly name?: string | undefined
  /** One or more: two while the old one is being replaced. */
  readonly apiKeys: readonly string[]
  /** Signs its tokens. May be left out where the contract has no tokens, or checks them by `jwks`. */
  readonly secret?: string | undefined
  /** True: it gets 403. */
  readonly suspended?: boolean | undefined
  /** A plan of the contract, for its limits. */
  readonly plan?: string | undefined
  /** What holds for this one app, in the shape of the contract's `limits`. */
  readonly limits?: Limits | undefined
}

/** The apps, or a function that reads them from wherever they are kept; `reload` calls it again. */
export type AppsOption = readonly AppOption[] | (() => readonly AppOption[] | Promise<readonly AppOption[]>)

/** Rejects with a TypeError that says where, and what was expected; it never holds a secret. */
export async function readApps(option: AppsOption, contract: Contract): Promise<AppRecord[]> {
  const given: unknown = typeof option === 'function' ? await option() : option
  const read = appsShape.safeParse(given)
  if (!read.success) {
    const [issue] = read.error.issues
    throw new TypeError(`${placeOf(issue!.path)}: ${issue!.message}`)
  }
  refuseTwice(read.data)
  return read.data.map((app, i) => recordOf(app, `apps[${i}]`, contract))
}

const text = z.string().min(1)
/** Counters are 32 bits wide; a larger number means that no limit is wanted. */
const perMinute = z.number().int().min(0).max(1_000_000_000)
const endpointLimits = z.record(z.string(), perMinute)
const limits = z.strictObject({
  user: z.record(z.string(), z.union([perMinute, z.literal('off')])).optional(),
  app: endpointLimits.optional(),
  platforms: z.record(z.string(), endpointLimits).optional(),
  burst: z.union([z.literal('off'), z.strictObject({ divisor: z.number().int().min(1) })]).optional(),
})
const appsShape = z.array(
  z.strictObject({
    // What separates the parts of a counter's name may not stand in one.
    id: text.refine(id => !id.includes('\0'), 'expected text without NUL'),
    name: text.optional(),
    apiKeys: z.array(text),
    secret: text.optional(),
    suspended: z.boolean().optional(),
    plan: text.optional(),
    limits: limits.optional(),
  }),
)

/** One key of two apps would be the app that happens to stand last. */
function refuseTwice(apps: readonly AppOption[]): void {
  const seen = new Set<string>()
  apps.forEach(({ id, apiKeys }, i) => {
    for (const [place, name] of [
      [`id`, `id ${id}`],
      ...apiKeys.map((key, k) => [`apiKeys[${k}]`, `key ${key}`]),
    ]) {
      if (seen.has(name!)) throw new TypeError(`apps[${i}].${place}: stands there twice`)
      seen.add(name!)
    }
  })
}

function recordOf(app: AppOption, where: string, contract: Contract): AppRecord {
  const { id, name = id, apiKeys, secret, suspended = false, plan = '' } = app
  if (secret === undefined && contract.identity.token?.algorithm === 'HS256') {
    throw new TypeError(`${where}.secret: expected text; the contract has tokens that are signed with it`)
  }
  if (plan !== '') refuseUnknown([plan], Object.keys(contract.plans), `${where}.plan`)
  refuseUnknownLimits(app.limits ?? {}, `${where}.limits`, contract)
  const keyHashes = apiKeys.map(credentialHash)
  const record = { id, name, organizationId: id, suspended, keyHashes, plan, terms: {} }
  return { ...record, secret: secret ?? '', limits: app.limits ?? {} }
}

function refuseUnknownLimits({ user, app, platforms }: Limits, where: string, contract: Contract): void {
  const endpoints = ['default', RATE_LIMITS_ENDPOINT, ...contract.endpoints.map(({ name }) => name)]
  if (contract.unmatched !== undefined) endpoints.push(contract.unmatched)
  const known = contract.platforms.map(({ name }) => name)
  refuseUnknown(Object.keys(user ?? {}), endpoints, `${where}.user`)
  refuseUnknown(Object.keys(app ?? {}), endpoints, `${where}.app`)
  refuseUnknown(Object.keys(platforms ?? {}), known, `${where}.platforms`)
  for (const [platform, numbers] of Object.entries(platforms ?? {})) {
    refuseUnknown(Object.keys(numbers), endpoints, `${where}.platforms.${platform}`)
  }
}

function refuseUnknown(names: readonly string[], known: readonly string[], where: string): void {
  const unknown = names.find(name => !known.includes(name))
  if (unknown === undefined) return
  throw new TypeError(`${where}: the contract has no "${unknown}"${suggestion(unknown, known)}`)
}

/** `apps[0].apiKeys[1]` */
function placeOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (place, step) => `${place}${typeof step === 'number' ? `[${step}]` : `.${String(step)}`}`,
    'apps',
  )
}
