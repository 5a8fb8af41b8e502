import { hash } from 'node:crypto'

/**
 * What the store knows a user of an app by: the first 128 bits of SHA-256 over both, as base64url. Any text is a user
 * id, and two are never taken for one: among 5 million the odds are below one in 10^25.
 */
export function userKey(appId: string, user: string): string {
  return hash('sha256', `${appId.length}:${appId}${user}`, 'buffer').toString('base64url', 0, 16)
}
