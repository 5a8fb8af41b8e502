import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { type Logger, pino } from 'pino'
import { createApi } from './api.ts'
import { acceptSockets, mayConnect } from './connect.ts'
import { openDatabase } from './database.ts'
import { createSockets } from './sockets.ts'

export interface ChatOptions {
  /** A file, made when it is not there, or `:memory:`. */
  readonly database: string
  /** The key that Weir signs with (its WEIR_UPSTREAM_KEY); without one, signatures are not looked at. */
  readonly upstreamKey?: string | undefined
  /** Left out: warnings and errors go to stdout, requests do not. */
  readonly log?: Logger
}

export interface ChatServer {
  /** Port 0 takes a free one. Rejects when the port is taken; another may then be tried. */
  listen(port: number, host?: string): Promise<{ readonly url: string; close(): Promise<void> }>
  /** Closes sockets with 1001, lets running requests end, then closes the database. May be called twice. */
  close(): Promise<void>
}

/** Longer than Weir keeps a connection it does not use: who closes first must not be who is about to be asked. */
const KEEP_ALIVE_MS = 65_000

/** How long (ms) requests that are still being sent may hold up a close. */
const CLOSE_WITHIN_MS = 3000

/** The chat API of openapi.yaml. Throws when the database cannot be opened. */
export async function createChatServer({
  database,
  upstreamKey,
  log = quiet(),
}: ChatOptions): Promise<ChatServer> {
  const db = openDatabase(database)
  const sockets = createSockets()
  const answer = getRequestListener(createApi({ db, sockets }, upstreamKey, log).fetch, {
    overrideGlobalObjects: false,
  })
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE_MS,
    shouldUpgradeCallback: request => mayConnect(request, upstreamKey),
  })
  server.on('request', (request, response) => void answer(request, response))
  acceptSockets(server, { db, sockets }, log)

  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= stop(server, () => sockets.closeAll()).finally(() => db.close())
    return closing
  }
  return {
    async listen(port, host = '127.0.0.1') {
      server.listen(port, host)
      await once(server, 'listening')
      const address = server.address()
      const bound = typeof address === 'object' ? (address?.port ?? port) : port
      return { url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`, close }
    },
    close,
  }
}

async function stop(server: Server, closeSockets: () => void): Promise<void> {
  closeSockets()
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  const impatience = setTimeout(() => server.closeAllConnections(), CLOSE_WITHIN_MS)
  await closed
  clearTimeout(impatience)
}

function quiet(): Logger {
  return pino({ name: 'chat', level: 'warn' })
}
