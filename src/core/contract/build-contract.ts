import type { Contract, Cors, Endpoint, Identity, Platform, Provider, Upstream } from './contract.ts'
import type { ContractInput } from './contract-shape.ts'
import { contractLimits } from './build-limits.ts'
import { availability, calendar, supportPlan } from './build-promises.ts'
import { plan } from './build-plans.ts'
import { currencyOf } from './currency.ts'

/** The contract that a text without mistakes stands for: defaults filled in, short forms written out. */
export function buildContract(
  input: ContractInput,
  endpoints: readonly Endpoint[],
  severities: readonly string[],
): Contract {
  const identity = identityOf(input.identity)
  const platforms = Object.entries(input.platforms).map(([name, value]) => platformOf(name, value))
  const { metering = {}, billing = {} } = input
  return {
    name: input.name,
    description: input.description,
    currency: currencyOf(input.currency) ?? { code: input.currency, minorDigits: 2 },
    provider: input.provider === undefined ? undefined : providerOf(input.provider),
    upstream: upstreamOf(input.upstream),
    identity,
    platforms,
    endpoints,
    unmatched: input.unmatched === 'reject' ? undefined : input.unmatched,
    limits: contractLimits(input.limits),
    metering: { mau: metering.mau ?? 'request', connections: connectionsOf(metering.connections) },
    cors: input.cors === undefined ? undefined : corsOf(input.cors, identity, platforms),
    availability: availability(input.availability ?? {}, endpoints),
    calendars: mapValues(input.calendars ?? {}, calendar),
    severities: new Map(severities.map(name => [name, input.severities?.[name] ?? name])),
    supportPlans: mapValues(input.supportPlans ?? {}, supportPlan),
    plans: mapValues(input.plans ?? {}, plan),
    billing: { graceHours: billing.graceHours ?? 24, taxPercent: billing.taxPercent ?? '0' },
  }
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}

function providerOf(input: NonNullable<ContractInput['provider']>): Provider {
  return {
    legalName: input.legalName,
    address: lines(input.address),
    country: input.country,
    taxIds: lines(input.taxIds),
    email: input.email,
    paymentTermsDays: input.paymentTermsDays,
    paymentInstructions: input.paymentInstructions,
  }
}

function lines(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return []
  const all = typeof value === 'string' ? value.split('\n') : value
  return all.map(line => line.trim()).filter(line => line !== '')
}

function upstreamOf(input: ContractInput['upstream']): Upstream {
  const urls = input?.urls ?? (input?.url === undefined ? [] : [input.url])
  return { urls, timeoutMs: input?.timeoutMs ?? 30_000 }
}

// Header names in lower case, as Node gives them: whoever looks one up need not think of it.
function identityOf(input: ContractInput['identity']): Identity {
  const { token } = input
  return {
    apiKey: { query: input.apiKey.query, header: input.apiKey.header?.toLowerCase() },
    token:
      token === 'none'
        ? undefined
        : {
            header: token.header?.toLowerCase(),
            query: token.query,
            algorithm: token.algorithm ?? 'HS256',
            jwks: token.jwks,
            issuer: token.issuer,
            audience: token.audience,
            appClaim: token.appClaim,
          },
    userClaim: input.userClaim ?? 'sub',
    serverClaim: input.serverClaim ?? 'server',
  }
}

function platformOf(name: string, input: ContractInput['platforms'][string]): Platform {
  if ('token' in input) return { name, kind: 'server' }
  if ('default' in input) return { name, kind: 'default' }
  return { name, kind: 'header', header: input.header.toLowerCase(), matches: input.matches }
}

function connectionsOf(input: string | readonly string[] | undefined): readonly string[] {
  if (input === undefined || input === 'none') return []
  return typeof input === 'string' ? [input] : input
}

function corsOf(
  input: NonNullable<ContractInput['cors']>,
  identity: Identity,
  platforms: readonly Platform[],
): Cors {
  const needed = [
    identity.apiKey.header,
    identity.token?.header,
    ...platforms.map(platform => (platform.kind === 'header' ? platform.header : undefined)),
    'content-type',
  ].filter(header => header !== undefined)
  const headers = (input.headers ?? needed).map(header => header.toLowerCase())
  return { origins: input.origins, headers: [...new Set(headers)], maxAgeSeconds: input.maxAgeSeconds }
}
