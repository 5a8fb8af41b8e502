import type { Identity } from '../../core/contract/contract.ts'
import type { RequestHeaders } from './asked-request.ts'

/** What a request shows of its sender, and its query without it. */
export interface Credentials {
  readonly apiKey: string | undefined
  readonly token: string | undefined
  /** From `?`, or empty: every other parameter, byte for byte as it came. */
  readonly query: string
}

/** `query` is what follows the path, with its `?`. Headers win over the query. */
export function readCredentials(identity: Identity, headers: RequestHeaders, query: string): Credentials {
  const { apiKey, token } = identity
  const found = takeFromQuery(query, apiKey.query, token?.query)
  return {
    apiKey: headerText(headers, apiKey.header) ?? found.apiKey,
    token: withoutScheme(headerText(headers, token?.header) ?? found.token),
    query: found.query,
  }
}

/** Where a client may put its API key, in words. */
export function apiKeyPlaces({ apiKey }: Identity): string {
  return places(apiKey.header, apiKey.query)
}

/** Where a client may put its token, in words. */
export function tokenPlaces({ token }: Identity): string {
  return places(token?.header, token?.query)
}

function places(header: string | undefined, query: string | undefined): string {
  return [header && `the header "${header}"`, query && `the query parameter "${query}"`]
    .filter(Boolean)
    .join(' or ')
}

function headerText(headers: RequestHeaders, name: string | undefined): string | undefined {
  if (name === undefined) return undefined
  const value = headers[name.toLowerCase()]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Tokens come raw or with `Bearer `, in any case. */
function withoutScheme(token: string | undefined): string | undefined {
  return token !== undefined && /^bearer /i.test(token) ? token.slice('bearer '.length).trim() : token
}

function takeFromQuery(query: string, keyName: string | undefined, tokenName: string | undefined) {
  if (query === '' || (keyName === undefined && tokenName === undefined)) {
    return { apiKey: undefined, token: undefined, query }
  }
  let apiKey: string | undefined
  let token: string | undefined
  const kept = query
    .slice(1)
    .split('&')
    .filter(parameter => {
      const equals = parameter.indexOf('=')
      const name = decode(equals < 0 ? parameter : parameter.slice(0, equals))
      if (name !== keyName && name !== tokenName) return true
      const value = equals < 0 ? '' : decode(parameter.slice(equals + 1))
      if (name === keyName) apiKey ??= value
      if (name === tokenName) token ??= value
      return false
    })
  return {
    apiKey: apiKey || undefined,
    token: token || undefined,
    query: kept.length === 0 ? '' : `?${kept.join('&')}`,
  }
}

/** As form decoding does; a broken escape stands for itself, and so matches no name and verifies as nothing. */
function decode(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (error) {
    if (error instanceof URIError) return text
    throw error
  }
}
