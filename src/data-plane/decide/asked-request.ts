import type { Decision } from '../../core/limits/decision.ts'
import type { App, ContractInForce, Scope } from './app-directory.ts'

/** Header fields by their names in lower case. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * One request as a decision sees it, whoever carries it, and what has been found out about it so far. Nothing here
 * says how it came or who answers it.
 */
export interface AskedRequest {
  readonly requestId: string
  /** Unix milliseconds */
  readonly arrivedMs: number
  /** What holds for it to its end, also when a new contract comes meanwhile. */
  readonly inForce: ContractInForce
  readonly method: string
  /** The request target without its query, as the client sent it. */
  readonly path: string
  readonly headers: RequestHeaders
  /** True for the handshake of a WebSocket. */
  readonly websocket: boolean
  /** The query from its `?`, or empty; without credentials once the app is known. */
  query: string
  app: App | undefined
  endpoint: string | undefined
  platform: string | undefined
  user: string | undefined
  serverToken: boolean
  scope: Scope | undefined
  decision: Decision | undefined
}
