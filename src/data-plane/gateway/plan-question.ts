import { utcMonth } from '../../core/time/utc-month.ts'
import type { PlanQuestion } from '../plans/plan-numbers.ts'
import type { Exchange } from './exchange.ts'

/** What the plan numbers have to be asked about a request; undefined on plans whose numbers are not hard. */
export function planQuestion(exchange: Exchange, thread: number): PlanQuestion | undefined {
  const { app, arrivedMs } = exchange
  if (!app?.hardNumbers) return undefined
  return {
    thread,
    organizationId: app.organizationId,
    appId: app.id,
    month: utcMonth(arrivedMs),
    user: mayBecomeActive(exchange) ? exchange.user : undefined,
    socket: isCounted(exchange),
    included: app.hardNumbers,
  }
}

/** Would its WebSocket be one of those that the contract counts? */
export function isCounted({ upgrade, endpoint, inForce }: Exchange): boolean {
  return upgrade !== undefined && inForce.contract.metering.connections.includes(endpoint!)
}

/**
 * A user is active once a request was answered or a WebSocket was opened; under `mau: connection` only the
 * latter counts. Server tokens never do.
 */
export function becameActive(exchange: Exchange): boolean {
  if (exchange.user === undefined || !mayBecomeActive(exchange)) return false
  if (exchange.inForce.contract.metering.mau === 'connection') return exchange.opened
  return exchange.outcome === 'served' || exchange.outcome === 'client-error'
}

function mayBecomeActive({ serverToken, upgrade, inForce }: Exchange): boolean {
  return !serverToken && (inForce.contract.metering.mau === 'request' || upgrade !== undefined)
}
