import { backOffMs } from './retry.ts'

export interface ReconnectOptions {
  /** How often in a row the socket may fail to open before the connection is given up. 12 if left out. */
  readonly tries?: number | undefined
  /** The first pause is a random time up to this, each further one up to twice as much. 500 if left out. */
  readonly baseMs?: number | undefined
  /** No pause is longer. 30,000 if left out. */
  readonly capMs?: number | undefined
  /** A handshake that takes longer is given up and begun anew. 20,000 if left out. */
  readonly openWithinMs?: number | undefined
}

export type ReconnectPolicy = { readonly [Name in keyof ReconnectOptions]-?: number }

/** Twelve tries take a minute or two, so a limit on connecting passes while they last. */
export const defaultReconnect: ReconnectPolicy = {
  tries: 12,
  baseMs: 500,
  capMs: 30_000,
  openWithinMs: 20_000,
}

/** A socket that stayed open this long was no part of an outage: pauses are short again after it. */
export const STEADY_AFTER_MS = 5000

/** The server gets this long to see that the old socket is gone, so that a user is not counted twice. */
const LEAST_PAUSE_MS = 100

/** How long to pause after so many sockets in a row that failed, or did not stay open. */
export function pauseMs(unsteady: number, policy: ReconnectPolicy, random: number): number {
  return LEAST_PAUSE_MS + backOffMs(unsteady, policy, random)
}
