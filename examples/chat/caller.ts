import type { IncomingMessage } from 'node:http'
import { Problem } from './problem.ts'
import { checkSignature } from './signature.ts'

/** Who asks, as Weir found out: this API does no authentication of its own. */
export interface Caller {
  /** The app whose data the request is about. No query ever leaves it. */
  readonly app: string
  /** The user who acts; undefined: the customer's own server, which may act for any of its users. */
  readonly user: string | undefined
  readonly platform: string | undefined
}

/** Throws `bad-request` when the request did not pass Weir, `bad-signature` when that can be proven. */
export function callerOf(request: IncomingMessage, upstreamKey: string | undefined): Caller {
  if (upstreamKey !== undefined) checkSignature(upstreamKey, request)
  const app = text(request, 'weir-app')
  if (app === undefined) {
    throw new Problem('bad-request', 'The header weir-app is missing: this API is to be called through Weir.')
  }
  return { app, user: userOf(request), platform: text(request, 'weir-platform') }
}

export function requestIdOf(request: IncomingMessage): string | undefined {
  return text(request, 'weir-request-id')
}

/** Whom a request is for: the acting user, or whom a server names as `user_id` in the body. */
export function actorOf(caller: Caller, userId: string | undefined): string | undefined {
  if (caller.user === undefined || userId === undefined || userId === caller.user)
    return caller.user ?? userId
  throw new Problem('not-allowed', `user_id: you are ${caller.user}; only a server may act for ${userId}.`)
}

/** The same where nothing can be done without an author. */
export function authorOf(caller: Caller, userId: string | undefined): string {
  const author = actorOf(caller, userId)
  if (author !== undefined) return author
  throw new Problem('bad-request', 'user_id: a server must say which of its users this is for.')
}

/** An id may be any text and a header field may not: Weir percent-encodes what does not fit. */
function userOf(request: IncomingMessage): string | undefined {
  const user = text(request, 'weir-user')
  if (user === undefined) return undefined
  try {
    return decodeURIComponent(user)
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    throw new Problem('bad-request', 'The header weir-user is not percent-encoded UTF-8, as Weir sends it.')
  }
}

function text(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return value === undefined || value === '' ? undefined : String(value)
}
