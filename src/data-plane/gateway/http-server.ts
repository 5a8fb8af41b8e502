import { type IncomingMessage, type Server, ServerResponse, createServer } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Exchange } from './exchange.ts'
import { hangUp } from './hang-up.ts'
import { hasBody } from './request-body.ts'
import { answerUnparsable } from './unparsable.ts'

export interface HttpHandlers {
  /** A request, or the handshake of a WebSocket: both are answered through `response`. */
  request(request: IncomingMessage, response: ServerResponse, upgrade?: Exchange['upgrade']): void
  /** A request with an `Expect` other than 100-continue. */
  unmetExpectation(request: IncomingMessage, response: ServerResponse): void
  /** Something that never became a request; it has been answered. */
  unparsable(): void
}

/** The HTTP server of one gateway thread, and the connections it no longer minds because they upgraded. */
export interface HttpServer {
  readonly server: Server
  /** Stops accepting and resolves when every request has ended; what is left at the deadline is cut. */
  close(deadlineMs: number): Promise<void>
}

/** Longer than load balancers keep a connection they do not use: who closes first must not be about to be asked. */
const KEEP_ALIVE_MS = 65_000

export function createHttpServer(handlers: HttpHandlers): HttpServer {
  const upgraded = new Set<Duplex>()
  const server = createServer(
    { shouldUpgradeCallback: isWebSocketUpgrade, keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => handlers.request(request, response),
  )
  server.on('checkContinue', (request, response) => handlers.request(request, response))
  server.on('checkExpectation', (request, response) => handlers.unmetExpectation(request, response))
  server.on('clientError', (error, socket) => {
    handlers.unparsable()
    answerUnparsable(socket, error)
  })
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    handlers.unparsable()
    answerUnparsable(socket, new Error('CONNECT is not served'))
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const response = new ServerResponse(request)
    response.assignSocket(socket as Socket)
    response.shouldKeepAlive = false
    response.on('finish', () => hangUp(socket))
    // The server stops minding a connection that wants to upgrade; a refusal may be long all the same.
    socket.on('drain', () => response.emit('drain'))
    // A reset before the handshake is answered: 'close' follows and there is nobody left to tell.
    socket.on('error', () => response.destroy())
    upgraded.add(socket)
    socket.once('close', () => upgraded.delete(socket))
    handlers.request(request, response, { socket, head })
  })

  return {
    server,
    async close(deadlineMs) {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      server.closeIdleConnections()
      const cut = setTimeout(() => {
        server.closeAllConnections()
        for (const socket of upgraded) socket.destroy()
      }, deadlineMs)
      await closed
      clearTimeout(cut)
    },
  }
}

/** One with a body is none: its first bytes would be frames to one reader and a body to another. */
function isWebSocketUpgrade(request: IncomingMessage): boolean {
  return (
    request.method === 'GET' && request.headers.upgrade?.toLowerCase() === 'websocket' && !hasBody(request)
  )
}
