/**
 * A checked contract, as every other room reads it: names resolved, defaults filled in, nothing left to
 * doubt. Amounts and percentages stay the decimal strings of the file, so no float ever touches them.
 */
export interface Contract {
  readonly name: string
  readonly description: string | undefined
  readonly currency: Currency
  readonly provider: Provider | undefined
  readonly upstream: Upstream
  readonly identity: Identity
  /** In the order in which they are tried. The last is the default one. */
  readonly platforms: readonly Platform[]
  /** Every declared endpoint, in file order; `GetRateLimits` and the `unmatched` name are not among them. */
  readonly endpoints: readonly Endpoint[]
  /** The name under which unmatched requests are counted; undefined: they are rejected with 404. */
  readonly unmatched: string | undefined
  readonly limits: ContractLimits
  readonly metering: Metering
  readonly cors: Cors | undefined
  readonly availability: Availability
  readonly calendars: Readonly<Record<string, Calendar>>
  /** Name to the words a customer sees, worst first. */
  readonly severities: ReadonlyMap<string, string>
  readonly supportPlans: Readonly<Record<string, SupportPlan>>
  readonly plans: Readonly<Record<string, Plan>>
  readonly billing: { readonly graceHours: number; readonly taxPercent: string }
}

/** The endpoint every contract has: reading one's own limits. */
export const RATE_LIMITS_ENDPOINT = 'GetRateLimits'
export const RATE_LIMITS_PATHS = ['/rate_limits', '/api/v2/rate_limits'] as const

export interface Currency {
  /** ISO 4217 */
  readonly code: string
  /** Decimal places of the minor unit: 2 for USD, 0 for JPY, 3 for KWD. */
  readonly minorDigits: number
}

export interface Provider {
  readonly legalName: string
  readonly address: readonly string[]
  readonly country: string | undefined
  readonly taxIds: readonly string[]
  readonly email: string | undefined
  readonly paymentTermsDays: number | undefined
  readonly paymentInstructions: string | undefined
}

export interface Upstream {
  /** Empty when the contract names none: then `--upstream` must. */
  readonly urls: readonly string[]
  /** Until the response's headers arrive. */
  readonly timeoutMs: number
}

export interface Identity {
  readonly apiKey: { readonly query: string | undefined; readonly header: string | undefined }
  /** undefined: a key-only API (`token: none`). */
  readonly token: TokenSource | undefined
  readonly userClaim: string
  readonly serverClaim: string
}

export interface TokenSource {
  readonly header: string | undefined
  readonly query: string | undefined
  /** HS256: the app's own secret. RS256 and ES256: keys from `jwks`. */
  readonly algorithm: 'HS256' | 'RS256' | 'ES256'
  readonly jwks: string | undefined
  readonly issuer: string | undefined
  readonly audience: string | undefined
  readonly appClaim: string | undefined
}

export type Platform =
  | { readonly name: string; readonly kind: 'server' }
  | { readonly name: string; readonly kind: 'header'; readonly header: string; readonly matches: string }
  | { readonly name: string; readonly kind: 'default' }

export interface Endpoint {
  readonly name: string
  /** Upper case. A websocket endpoint's is GET. */
  readonly method: string
  /** As written, from `/`; `{param}` stands for one segment. */
  readonly path: string
  readonly websocket: boolean
  /** False for endpoints marked `(no token)`. */
  readonly token: boolean
}

/** Requests a minute by endpoint name; `default` is the number for endpoints without one of their own. */
export type EndpointLimits = Readonly<Record<string, number>>
/** `off`: no user limit. */
export type UserLimits = Readonly<Record<string, number | 'off'>>

/** What the contract, a plan, a customer's terms or an app's override may each say. */
export interface Limits {
  readonly user?: UserLimits | undefined
  readonly app?: EndpointLimits | undefined
  readonly platforms?: Readonly<Record<string, EndpointLimits>> | undefined
  /** undefined: this source does not say. */
  readonly burst?: Burst | undefined
}

/** Per second: ceil(app limit / divisor). */
export type Burst = { readonly divisor: number } | 'off'

export interface ContractLimits extends Limits {
  readonly user: UserLimits
  readonly app: EndpointLimits
  readonly burst: Burst
  readonly window: 'aligned' | 'sliding'
  readonly whenCountersAreUnreachable: 'local' | 'open' | 'closed'
}

export interface Metering {
  readonly mau: 'connection' | 'request'
  /** Names of the WebSocket endpoints whose sockets are counted; empty: none. */
  readonly connections: readonly string[]
}

export interface Cors {
  readonly origins: readonly string[]
  /** Lower case; those of identity and platforms, and content-type, if the contract names none. */
  readonly headers: readonly string[]
  readonly maxAgeSeconds: number | undefined
}

export interface Availability {
  readonly sliceSeconds: number
  readonly errorPercent: string
  readonly minRequests: number
  readonly minFailed: number
  readonly maintenanceNoticeHours: number
  readonly groups: Readonly<Record<string, readonly string[]>>
  readonly probes: readonly Probe[]
}

export interface Probe {
  readonly name: string
  /** `METHOD path`, sent to the upstream. */
  readonly request: string
  readonly expectStatus: number
  readonly expectBody: string | undefined
  readonly withinMs: number
  readonly everySeconds: number
}

export interface Calendar {
  /** IANA name */
  readonly timezone: string
  /** Spans `[from, to)` of local minutes from midnight (0 to 1440), by day of the week; Monday is 1, Sunday 7. */
  readonly days: Readonly<Record<number, readonly MinuteSpan[]>>
  /** Closed local dates, `YYYY-MM-DD`, ascending. A named set is written out here when the contract is loaded. */
  readonly holidays: readonly string[]
  /** True for `24/7`: always open, whatever the other fields say. */
  readonly always: boolean
}

export interface MinuteSpan {
  readonly fromMinute: number
  readonly toMinute: number
}

export interface SupportPlan {
  readonly price: Price | undefined
  readonly sla: Sla
  readonly support: Support
  readonly priority: number
  readonly addOns: Readonly<Record<string, AddOn>>
}

export interface Price {
  /** Billed after the month. */
  readonly monthly: string | undefined
  /** Billed ahead, for twelve months. */
  readonly annual: string | undefined
}

interface SlaCommon {
  readonly base: 'invoice' | 'recurring'
  readonly credit: 'automatic' | 'on-claim'
  readonly claimDays: number
  readonly timezone: string
}

export type Sla =
  | { readonly form: 'none' }
  | (SlaCommon & {
      readonly form: 'accelerated'
      readonly target: string
      readonly acceleration: number
      readonly cap: string
    })
  | (SlaCommon & {
      readonly form: 'tiered'
      readonly tiers: readonly { readonly below: string; readonly credit: string }[]
      readonly cap: string
    })

export type Target = { readonly minutes: number } | { readonly businessDays: number }

export interface Support {
  readonly calendar: string
  readonly firstResponse: Readonly<Record<string, Target>>
  readonly nextResponse: Readonly<Record<string, Target>>
  readonly resolution: Readonly<Record<string, Target>>
  readonly channels: readonly string[]
  readonly waitingForCustomer: 'pause' | 'run'
}

export interface AddOn {
  readonly price: Price
  readonly firstResponse: Readonly<Record<string, Target>>
}

export interface Plan {
  readonly eligibility: Eligibility | undefined
  readonly price: Price
  readonly includes: { readonly mau: number | undefined; readonly connections: number | undefined }
  /** `none`: the included numbers are hard. */
  readonly overage: Overage | 'none'
  readonly limits: Limits | undefined
  readonly supportPlan: string
}

export interface Eligibility {
  readonly membersAtMost: number | undefined
  readonly monthlyRevenueBelow: string | undefined
  readonly fundingBelow: string | undefined
  /** How many organizations may hold the plan. */
  readonly seats: number | undefined
}

export interface Overage {
  readonly mau: UnitPrice | undefined
  readonly connections: UnitPrice | undefined
  readonly charge: 'higher' | 'sum'
}

/** A price a unit, graduated tiers (the last without `upTo`), or whole packages of `size` units. */
export type UnitPrice =
  | { readonly kind: 'unit'; readonly price: string }
  | {
      readonly kind: 'tiers'
      readonly tiers: readonly { readonly upTo: number | undefined; readonly price: string }[]
    }
  | { readonly kind: 'package'; readonly size: number; readonly price: string }
