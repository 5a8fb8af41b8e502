import { userKey } from '../../store/user-key.ts'

/**
 * The included numbers of plans without overage, which are hard: users already counted this month go on, a new
 * one beyond the number does not; a socket beyond the number is not opened. One keeper for the whole process, so
 * the numbers are exact across threads; it begins with what the store holds, so they are across restarts too.
 */
export interface PlanNumbers {
  /**
   * Sets a place aside for a request that may make a user active or open a socket. Only `within` does, and each
   * such reservation is settled once.
   */
  reserve(question: PlanQuestion): Promise<PlanVerdict>
  /** What became of a reservation: did the user become active, did the socket open? */
  settle(question: PlanQuestion, became: { readonly active: boolean; readonly opened: boolean }): void
  /** A counted socket is open that nobody had to ask about: its plan bills what is above the number. */
  opened(socket: PlanSocket): void
  /** A counted socket has closed, however it was opened. */
  closed(socket: PlanSocket): void
  /** A gateway thread is gone, and its sockets with it. */
  threadEnded(thread: number): void
  /** Read the store anew: under the plans that held before, nobody had to ask. */
  forgetUsers(): void
}

export interface PlanSocket {
  readonly organizationId: string
  /** The gateway thread that holds it. */
  readonly thread: number
}

export interface PlanQuestion extends PlanSocket {
  readonly appId: string
  /** `YYYY-MM`, UTC: the month in which the user would count. */
  readonly month: string
  /** The user who would become active; undefined: nobody would. */
  readonly user: string | undefined
  /** Would a counted socket open? */
  readonly socket: boolean
  readonly included: HardNumbers
}

/** undefined: not limited. */
export interface HardNumbers {
  readonly mau: number | undefined
  readonly connections: number | undefined
}

/** Which number stands in the way, if one does. */
export type PlanVerdict = 'within' | 'mau' | 'connections'

/** The users of an organization's apps who were active in a month, each as its `userKey`. */
export type ReadActiveUsers = (organizationId: string, month: string) => Promise<readonly string[]>

/** The users of an organization in the month that runs. */
interface Users {
  readonly month: string
  readonly active: Set<string>
  /** Reserved and not settled yet, with how many requests hold each. */
  readonly pending: Map<string, number>
}

export function createPlanNumbers(readActiveUsers: ReadActiveUsers): PlanNumbers {
  const users = new Map<string, Users>()
  const loading = new Map<string, Promise<Users>>()
  /** By organization, then by thread. */
  const sockets = new Map<string, Map<number, number>>()

  function loadedUsers({ organizationId, month }: PlanQuestion): Users | undefined {
    const known = users.get(organizationId)
    return known?.month === month ? known : undefined
  }

  function loadUsers({ organizationId, month }: PlanQuestion): Promise<Users> {
    const key = `${organizationId} ${month}`
    let load = loading.get(key)
    if (!load) {
      load = readActiveUsers(organizationId, month)
        .then(names => {
          const known = { month, active: new Set(names), pending: new Map<string, number>() }
          users.set(organizationId, known)
          return known
        })
        .finally(() => loading.delete(key))
      loading.set(key, load)
    }
    return load
  }

  function addSockets({ organizationId, thread }: PlanSocket, count: number): void {
    let ofOrganization = sockets.get(organizationId)
    if (!ofOrganization) sockets.set(organizationId, (ofOrganization = new Map<number, number>()))
    ofOrganization.set(thread, (ofOrganization.get(thread) ?? 0) + count)
  }

  function openSockets(organizationId: string): number {
    return [...(sockets.get(organizationId)?.values() ?? [])].reduce((sum, open) => sum + open, 0)
  }

  return {
    async reserve(question) {
      const { mau, connections } = question.included
      const counts = question.user !== undefined && mau !== undefined
      const known = counts ? (loadedUsers(question) ?? (await loadUsers(question))) : undefined
      // From here on nothing waits, so no other reservation comes in between.
      if (known && !mayBeActive(known, nameOf(question), mau!)) return 'mau'
      if (question.socket && connections !== undefined) {
        if (openSockets(question.organizationId) >= connections) return 'connections'
      }
      if (known) hold(known, nameOf(question))
      if (question.socket) addSockets(question, 1)
      return 'within'
    },
    settle(question, { active, opened }) {
      if (question.socket && !opened) addSockets(question, -1)
      const known = question.user === undefined ? undefined : loadedUsers(question)
      if (known) release(known, nameOf(question), active)
    },
    opened: socket => addSockets(socket, 1),
    closed: socket => addSockets(socket, -1),
    threadEnded(thread) {
      for (const ofOrganization of sockets.values()) ofOrganization.delete(thread)
      // What it had reserved will never be settled: begin again from the store.
      users.clear()
    },
    forgetUsers: () => users.clear(),
  }
}

function mayBeActive({ active, pending }: Users, name: string, included: number): boolean {
  return active.has(name) || pending.has(name) || active.size + pending.size < included
}

function hold({ active, pending }: Users, name: string): void {
  if (!active.has(name)) pending.set(name, (pending.get(name) ?? 0) + 1)
}

function release({ active, pending }: Users, name: string, becameActive: boolean): void {
  const held = (pending.get(name) ?? 0) - 1
  if (becameActive) active.add(name)
  if (becameActive || held <= 0) pending.delete(name)
  else pending.set(name, held)
}

/** The key is over the app too, so users of two apps never meet. */
function nameOf({ appId, user }: PlanQuestion): string {
  return userKey(appId, user!)
}
