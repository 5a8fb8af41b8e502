import { type JWTVerifyOptions, errors as joseErrors, jwtVerify } from 'jose'
import type { Identity, TokenSource } from '../core/contract/contract.ts'
import { credentialHash } from './credentials.ts'
import { type KeySets, KeySetUnreachableError, createKeySets } from './key-sets.ts'

/** What a token proves about its bearer. */
export interface TokenFacts {
  /** True only if the server claim is exactly `true`. */
  readonly server: boolean
  /** The user claim; a server token may go without. */
  readonly user: string | undefined
  /** Unix milliseconds; undefined: it does not expire. */
  readonly expiresAtMs: number | undefined
  /** Unix milliseconds: from here the signature is checked again, because its key may have been withdrawn. */
  readonly recheckAtMs?: number
}

export type TokenVerdict =
  | { readonly ok: true; readonly facts: TokenFacts }
  | {
      readonly ok: false
      readonly code: 'invalid-token' | 'expired-token' | 'missing-user-claim' | 'keys-unreachable'
      readonly detail: string
    }

/** The app whose API key came with the token. */
export interface TokenApp {
  readonly id: string
  readonly keyHashes: readonly string[]
  readonly secret: string
}

export interface TokenVerifier {
  /** Never throws for a bad token. `nowMs` is what `exp` and `nbf` are held against. */
  verify(token: string, app: TokenApp, nowMs: number): Promise<TokenVerdict>
  /** After `keys-unreachable`: until the key set may be fetched again. */
  retryAfterMs(): number
}

/** RFC 7518 wants at least the hash's length; a longer token than this is no token but an attack. */
const LONGEST_TOKEN = 16 * 1024
/** A token stays good for so long after its key was seen; one that is checked once and never again would outlive it. */
const RECHECK_MS = 60_000

/** Checks tokens as the contract says. The algorithm is the contract's, never the token's. */
export function createTokenVerifier(identity: Identity, keySets: KeySets = createKeySets()): TokenVerifier {
  const source = identity.token
  if (!source) throw new TypeError('a key-only contract has no tokens to verify')
  const options: JWTVerifyOptions = { algorithms: [source.algorithm] }
  if (source.issuer !== undefined) options.issuer = source.issuer
  if (source.audience !== undefined) options.audience = source.audience
  const keySet = source.jwks === undefined ? undefined : keySets.of(source.jwks)

  return {
    async verify(token, app, nowMs) {
      if (token.length > LONGEST_TOKEN) return invalid('the token is longer than 16 KiB')
      const at = { ...options, currentDate: new Date(nowMs) }
      try {
        if (!keySet) {
          const { payload } = await jwtVerify(token, new TextEncoder().encode(app.secret), at)
          return judge(payload, identity, source, app)
        }
        const { payload } = await jwtVerify(token, keySet.keyFor, at)
        const verdict = judge(payload, identity, source, app)
        return verdict.ok
          ? { ok: true, facts: { ...verdict.facts, recheckAtMs: nowMs + RECHECK_MS } }
          : verdict
      } catch (error) {
        return refusal(error, source)
      }
    },
    retryAfterMs: () => keySet?.retryAfterMs() ?? 0,
  }
}

function judge(
  payload: Readonly<Record<string, unknown>>,
  identity: Identity,
  source: TokenSource,
  app: TokenApp,
): TokenVerdict {
  if (source.appClaim !== undefined && !namesApp(payload[source.appClaim], app)) {
    return invalid(`the claim "${source.appClaim}" does not name the app of this API key`)
  }
  const server = Object.hasOwn(payload, identity.serverClaim) && payload[identity.serverClaim] === true
  const claimed = Object.hasOwn(payload, identity.userClaim) ? payload[identity.userClaim] : undefined
  const user = isUserId(claimed) ? claimed : undefined
  if (!server && user === undefined) {
    const detail = `the claim "${identity.userClaim}" must hold the user's id: text of 1 to 255 bytes`
    return { ok: false, code: 'missing-user-claim', detail }
  }
  const expiresAtMs = typeof payload['exp'] === 'number' ? payload['exp'] * 1000 : undefined
  return { ok: true, facts: { server, user, expiresAtMs } }
}

function namesApp(claim: unknown, app: TokenApp): boolean {
  return typeof claim === 'string' && (claim === app.id || app.keyHashes.includes(credentialHash(claim)))
}

function isUserId(claim: unknown): claim is string {
  return (
    typeof claim === 'string' && claim.length > 0 && claim.isWellFormed() && Buffer.byteLength(claim) <= 255
  )
}

/** jose's errors name what failed, never the token; a key set that cannot be fetched is said as such. */
function refusal(error: unknown, source: TokenSource): TokenVerdict {
  if (error instanceof joseErrors.JWTExpired) {
    return { ok: false, code: 'expired-token', detail: 'the token’s "exp" has passed' }
  }
  if (error instanceof joseErrors.JWTClaimValidationFailed) return invalid(error.message)
  if (error instanceof joseErrors.JOSEAlgNotAllowed) {
    return invalid(`the token must be signed with ${source.algorithm}`)
  }
  if (error instanceof joseErrors.JWSSignatureVerificationFailed) {
    return invalid('the signature does not match')
  }
  if (error instanceof joseErrors.JWKSNoMatchingKey) return invalid('no key of the key set signed this token')
  if (error instanceof joseErrors.JWKSMultipleMatchingKeys) {
    return invalid(
      'more than one key of the key set fits; each needs a "kid" of its own, and the token names it',
    )
  }
  if (error instanceof KeySetUnreachableError) {
    // Nothing is wrong with the token, as far as anybody knows: it is not the client's to mend.
    return { ok: false, code: 'keys-unreachable', detail: error.message }
  }
  // A short RSA key, a private one, one without its numbers: jose says it in several ways.
  if (!(error instanceof joseErrors.JOSEError) || error instanceof joseErrors.JWKSInvalid) {
    return invalid(`the key that signed it cannot be used for ${source.algorithm}`)
  }
  return invalid('the token is not a well-formed JWT')
}

function invalid(detail: string): TokenVerdict {
  return { ok: false, code: 'invalid-token', detail }
}
