import { ProblemError } from '../../http/problem.ts'
import type { HardNumbers, PlanNumbers, PlanQuestion, PlanSocket, PlanVerdict } from './plan-numbers.ts'

/** A gateway thread's side of the plan numbers: it asks the one keeper, and only where that can matter. */
export interface PlanGate {
  /**
   * Undefined when nothing has to be asked. Otherwise the reservation, or a rejection with the problem that
   * refuses the request: no limit was touched, and nothing says when to come back, because nothing will reset.
   */
  reserve(question: PlanQuestion): Promise<Reservation> | undefined
  /** A counted socket was opened without asking; the plan may be another one before it closes. */
  opened(socket: PlanSocket): void
  /** A counted socket has closed, however it was opened. */
  closed(socket: PlanSocket): void
}

/** A place that was set aside; settled once. */
export interface Reservation {
  settle(became: { readonly active: boolean; readonly opened: boolean }): void
}

/** What the keeper is asked for, across threads. */
export type PlanKeeper = Pick<PlanNumbers, 'settle' | 'opened' | 'closed'> & {
  reserve(question: PlanQuestion): Promise<PlanVerdict>
}

/** Users known to be active are not asked about again; this many are remembered, then all are forgotten at once. */
const REMEMBERED_USERS = 50_000

export function createPlanGate(keeper: PlanKeeper): PlanGate {
  const active = new Set<string>()

  function remember(question: PlanQuestion): void {
    if (active.size >= REMEMBERED_USERS) active.clear()
    active.add(nameOf(question))
  }

  async function ask(question: PlanQuestion): Promise<Reservation> {
    const verdict = await keeper.reserve(question)
    if (verdict !== 'within') throw exhausted(verdict, question.included)
    return {
      settle(became) {
        if (became.active && question.user !== undefined) remember(question)
        keeper.settle(question, became)
      },
    }
  }

  return {
    reserve(question) {
      const counts = question.user !== undefined && question.included.mau !== undefined
      const isNew = counts && !active.has(nameOf(question))
      const opens = question.socket && question.included.connections !== undefined
      return isNew || opens ? ask(question) : undefined
    },
    opened: ({ organizationId, thread }) => keeper.opened({ organizationId, thread }),
    closed: ({ organizationId, thread }) => keeper.closed({ organizationId, thread }),
  }
}

function nameOf({ month, appId, user }: PlanQuestion): string {
  return `${month}\0${appId}\0${user!}`
}

function exhausted(verdict: Exclude<PlanVerdict, 'within'>, included: HardNumbers): ProblemError {
  if (verdict === 'mau') {
    const detail = `The plan includes ${included.mau} monthly active users, and they are used up until the next month (UTC).`
    return new ProblemError('plan-exhausted', detail, { scope: 'plan', limit: included.mau })
  }
  const detail = `The plan includes ${included.connections} connections at once, and all of them are open.`
  return new ProblemError('connections-exhausted', detail, { scope: 'plan', limit: included.connections })
}
