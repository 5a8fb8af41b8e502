import { utcMonth } from '../../core/time/utc-month.ts'
import type { PlanQuestion } from '../plans/plan-numbers.ts'
import type { Exchange } from './exchange.ts'

/** What the plan numbers have to be asked about a request; undefined on plans whose numbers are not hard. */
export function planQuestion(exchange: Exchange, thread: number): PlanQuestion | undefined {
  const { app, endpoint, arrivedMs, inForce } = exchange
  if (!app?.hardNumbers) return undefined
  const { connections } = inForce.contract.metering
  return {
    thread,
    organizationId: app.organizationId,
    appId: app.id,
    month: utcMonth(arrivedMs),
    user: mayBecomeActive(exchange) ? exchange.user : undefined,
    socket: exchange.upgrade !== undefined && connections.includes(endpoint!),
    included: app.hardNumbers,
  }
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
