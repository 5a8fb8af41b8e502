import type { Settings, Token } from './options.ts'

/** Puts key and token where requests carry them: into their header if they have one, else into the query. */
export async function addCredentials(settings: Settings, url: URL, headers: Headers): Promise<void> {
  const { identity, apiKey, token } = settings
  if (apiKey !== undefined) put(identity.apiKey, apiKey, url, headers)
  if (token !== undefined) put(identity.token, await textOf(token), url, headers)
}

/**
 * Puts key and token into the query, the only place a browser can send them from when it opens a WebSocket.
 * Throws a TypeError if `identity` names no parameter for one of them.
 */
export function addQueryCredentials(settings: Settings, url: URL, token: string | undefined): void {
  const { identity, apiKey } = settings
  const values = { apiKey, token }
  for (const name of ['apiKey', 'token'] as const) {
    const value = values[name]
    if (value === undefined) continue
    const parameter = identity[name].query
    if (parameter === undefined) {
      throw new TypeError(`A WebSocket carries its credentials in the query: set identity.${name}.query`)
    }
    url.searchParams.set(parameter, value)
  }
}

export async function textOf(token: Token): Promise<string> {
  const text = typeof token === 'function' ? await token() : token
  if (typeof text === 'string' && text !== '') return text
  throw new TypeError(`The token must be text that is not empty, not ${text === '' ? 'empty' : typeof text}`)
}

function put(place: Settings['identity']['token'], value: string, url: URL, headers: Headers): void {
  const { header, query } = place
  if (header !== undefined) headers.set(header, withScheme(header, value))
  else if (query !== undefined) url.searchParams.set(query, value)
}

/** `Authorization` begins with a scheme (RFC 9110, 11.6.2); headers of one's own do not. */
function withScheme(header: string, token: string): string {
  return header.toLowerCase() === 'authorization' && !token.includes(' ') ? `Bearer ${token}` : token
}
