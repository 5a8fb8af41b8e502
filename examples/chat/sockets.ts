import { WebSocket } from 'ws'

/** A client this many bytes behind is too slow; keeping more for it would cost everybody memory. */
const MOST_BUFFERED = 1024 * 1024

const GOING_AWAY = 1001
const TRY_AGAIN_LATER = 1013

export type Sockets = ReturnType<typeof createSockets>

/** The open sockets of all apps, by user: a user may have several devices. */
export function createSockets() {
  const apps = new Map<string, Map<string, Set<WebSocket>>>()
  const usersOf = (app: string) => apps.getOrInsertComputed(app, () => new Map())
  let isStopping = false
  return {
    /** Answers true when it is the user's first. */
    add(app: string, user: string, socket: WebSocket): boolean {
      if (isStopping) socket.close(GOING_AWAY)
      const own: Set<WebSocket> = usersOf(app).getOrInsertComputed(user, () => new Set())
      return own.add(socket).size === 1
    },
    /** Answers true when it was the user's last, unless all are being closed. */
    remove(app: string, user: string, socket: WebSocket): boolean {
      const own = usersOf(app).get(user)
      own?.delete(socket)
      if (own?.size === 0) usersOf(app).delete(user)
      return own?.size === 0 && !isStopping
    },
    isOnline: (app: string, user: string): boolean => usersOf(app).has(user),
    count: (app: string): number =>
      usersOf(app)
        .values()
        .reduce((sum, own) => sum + own.size, 0),
    /** Sends an event to every socket of these users. */
    deliver(app: string, users: readonly string[], event: object): void {
      const text = JSON.stringify(event)
      for (const user of users) for (const socket of usersOf(app).get(user) ?? []) send(socket, text)
    },
    closeAll(): void {
      isStopping = true
      const owners = apps.values().flatMap(users => users.values())
      for (const own of owners) for (const socket of own) socket.close(GOING_AWAY, 'The server is stopping')
    },
  }
}

export function send(socket: WebSocket, text: string): void {
  if (socket.readyState !== WebSocket.OPEN) return
  if (socket.bufferedAmount > MOST_BUFFERED) socket.close(TRY_AGAIN_LATER, 'Too many events wait for you')
  else socket.send(text)
}
