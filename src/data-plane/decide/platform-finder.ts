import type { Platform } from '../../core/contract/contract.ts'
import type { RequestHeaders } from './asked-request.ts'

export interface PlatformFinder {
  /** The platform of server tokens, if the contract has one. */
  readonly server: string | undefined
  /** The platform of a request. Only a server token makes it the server platform; no header can claim that. */
  of(serverToken: boolean, headers: RequestHeaders): string
}

/** How much of a header is looked at. The patterns were checked, when the contract was read, for this length. */
const LOOKED_AT_CHARACTERS = 256

export function createPlatformFinder(platforms: readonly Platform[]): PlatformFinder {
  const server = platforms.find(platform => platform.kind === 'server')?.name
  const rules = platforms.flatMap(platform =>
    platform.kind === 'header'
      ? [
          {
            name: platform.name,
            header: platform.header.toLowerCase(),
            pattern: new RegExp(platform.matches, 'i'),
          },
        ]
      : [],
  )
  const fallback = platforms.find(platform => platform.kind === 'default')!.name
  return {
    server,
    of(serverToken, headers) {
      if (serverToken && server !== undefined) return server
      for (const { name, header, pattern } of rules) {
        const value = headers[header]
        if (value === undefined) continue
        const text = typeof value === 'string' ? value : value.join(', ')
        if (pattern.test(text.slice(0, LOOKED_AT_CHARACTERS))) return name
      }
      return fallback
    },
  }
}
