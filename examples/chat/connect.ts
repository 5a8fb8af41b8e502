import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'
import type { Logger } from 'pino'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { check, parseJson, socketEvent, socketMessage } from './bodies.ts'
import { type Caller, callerOf } from './caller.ts'
import { enterChannel } from './channels.ts'
import { type Chat, publish, withPresence } from './chat.ts'
import { contactsOf } from './members.ts'
import { Problem, toProblem } from './problem.ts'
import { send } from './sockets.ts'
import { listUsers, meetUsers } from './users.ts'

const socketOptions = {
  noServer: true,
  /** Bytes in one message of a client; more closes its socket with 1009. */
  maxPayload: 64 * 1024,
  /** Milliseconds a client has to answer a close before its socket is cut. */
  closeTimeout: 3000,
}

/** The endpoint Connect: takes the upgrades that `mayConnect` lets through, and talks with the clients. */
export function acceptSockets(server: Server, chat: Chat, log: Logger): void {
  const upgrades = new WebSocketServer(socketOptions)
  server.on('upgrade', (request, socket, head) => {
    const owner = socketOwner(callerOf(request, undefined))
    upgrades.handleUpgrade(request, socket, head, client => converse(client, { ...owner, chat, log }))
  })
}

/** What it refuses goes on as a plain request, so that a refusal is the same problem as everywhere. */
export function mayConnect(request: IncomingMessage, upstreamKey: string | undefined): boolean {
  if (request.headers.upgrade?.toLowerCase() !== 'websocket') return false
  if (!/^\/connect(\?|$)/.test(request.url ?? '')) return false
  try {
    socketOwner(callerOf(request, upstreamKey))
    return true
  } catch {
    return false
  }
}

/** Whose socket it will be, or `bad-request`. */
export function socketOwner({ app, user }: Caller): { app: string; user: string } {
  if (user !== undefined) return { app, user }
  throw new Problem('bad-request', 'A socket belongs to a user: connect with a user’s token, not a server’s.')
}

interface Connection {
  readonly app: string
  readonly user: string
  readonly chat: Chat
  readonly log: Logger
}

function converse(socket: WebSocket, connection: Connection): void {
  const { app, user, chat, log } = connection
  const connection_id = randomUUID()
  const tell = (event: object) =>
    send(socket, JSON.stringify({ ...event, created_at: new Date().toISOString() }))

  meetUsers(chat.db, app, [user])
  tell({ type: 'health.check', connection_id, user_id: user })
  if (chat.sockets.add(app, user, socket)) tellPresence(connection)

  socket.on('message', (data, isBinary) => {
    try {
      const said = check(socketMessage, parseJson(textOf(data, isBinary)))
      if (said.type === 'health.check') tell({ type: 'health.check', connection_id, user_id: user })
      else passOn(said, connection)
    } catch (error) {
      const { code, message } = toProblem(error)
      if (code === 'internal-error') log.error({ err: error, app, user }, 'a socket’s message failed')
      tell({ type: 'error', code, detail: message })
    }
  })
  socket.on('error', ({ message }) => log.info({ app, user, message }, 'a client broke the protocol'))
  socket.on('close', () => {
    if (chat.sockets.remove(app, user, socket)) tellPresence(connection)
  })
}

function textOf(data: RawData, isBinary: boolean): string {
  if (!isBinary && Buffer.isBuffer(data)) return data.toString()
  throw new Problem('bad-request', 'Send JSON as text, not as binary.')
}

function passOn(said: object, { app, user, chat }: Connection): void {
  const { channel: cid, ...event } = check(socketEvent, said)
  const [type = '', id = ''] = cid.split(':')
  publish(chat, enterChannel(chat.db, app, { type, id }, user), { ...event, user_id: user })
}

function tellPresence({ app, user, chat }: Connection): void {
  const users = listUsers(chat.db, app, [user], 1, 0).map(row => withPresence(chat, app, row))
  const event = { type: 'user.presence.changed', user: users[0], created_at: new Date().toISOString() }
  chat.sockets.deliver(app, contactsOf(chat.db, app, user), event)
}
