import {
  type IncomingMessage,
  type Server,
  type ServerOptions,
  ServerResponse,
  createServer,
} from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Certificate } from './certificate.ts'
import type { ClientLimits } from './client-limits.ts'
import type { ClientRequest, ClientResponse } from './client-message.ts'
import type { Upgrade } from './exchange.ts'
import { hangUp, isLeaving } from './hang-up.ts'
import { createHttp2Connections } from './http2-connections.ts'
import { hasBody } from './request-body.ts'
import type { Side } from './stall-watch.ts'
import { createTlsServer } from './tls-server.ts'
import { answerUnparsable } from './unparsable.ts'

export interface HttpHandlers {
  /** A request, or the handshake of a WebSocket: both are answered through `response`. */
  request(request: ClientRequest, response: ClientResponse, upgrade?: Upgrade): void
  /** A request with an `Expect` other than 100-continue. */
  unmetExpectation(request: ClientRequest, response: ClientResponse): void
  /** Something that never became a request; it has been answered. */
  unparsable(): void
  /** A new connection; false closes it at once. */
  connection(socket: Socket): boolean
  /** Something that answers are written to from now on. */
  watchStall(side: Side): void
}

/** The HTTP server of one gateway thread, and the connections it no longer minds because they upgraded. */
export interface HttpServer {
  readonly server: Server
  /** New connections get this certificate; those that stand go on. */
  useCertificate(certificate: Certificate): void
  /** Stops accepting and resolves when every request has ended; what is left at the deadline is cut. */
  close(deadlineMs: number): Promise<void>
}

/** How often connections are looked at for a head that takes too long. */
const CHECK_MS = 500
/** Requests of one connection that wait for their answers; each holds memory, and no honest client sends so many. */
const MOST_PIPELINED = 100

/** With a certificate the port speaks TLS alone, and HTTP/2 to clients that choose it. */
export function createHttpServer(
  handlers: HttpHandlers,
  limits: ClientLimits,
  certificate?: Certificate,
): HttpServer {
  const upgraded = new Set<Duplex>()
  const unanswered = new WeakMap<Duplex, number>()
  const http1: ServerOptions = {
    ...serverOptions(limits),
    // Behind a request that still waits for its answer the connection is not the handshake's to take.
    shouldUpgradeCallback: request => isWebSocketUpgrade(request) && !unanswered.get(request.socket),
  }
  const http2 = certificate && createHttp2Connections(handlers, limits)
  const tls =
    certificate &&
    createTlsServer({
      http1,
      certificate,
      handshakeMs: limits.headMs,
      secured(socket) {
        if (socket.alpnProtocol !== 'h2') return serveHttp1(socket)
        http2!.serve(socket)
        return false
      },
    })
  const server = tls?.server ?? createServer(http1)
  // Fields past this number would be dropped unread: they are counted, and refused, in messageFlaw.
  server.maxHeadersCount = 0

  function take(handle: (request: IncomingMessage, response: ServerResponse) => void) {
    return (request: IncomingMessage, response: ServerResponse): void => {
      const { socket } = request
      if (isLeaving(socket)) return
      const waiting = (unanswered.get(socket) ?? 0) + 1
      if (waiting > MOST_PIPELINED) {
        socket.destroy()
        return
      }
      unanswered.set(socket, waiting)
      response.on('close', () => unanswered.set(socket, unanswered.get(socket)! - 1))
      handle(request, response)
    }
  }
  function refuseUnparsable(socket: Duplex, error: Error): void {
    // Its answer is on the way; what comes behind it is as little a request as what it was for.
    if (isLeaving(socket)) return
    handlers.unparsable()
    answerUnparsable(socket, error, limits.maxHeaderBytes)
  }

  function serveHttp1(socket: Socket): true {
    // Each request that is sent ahead listens for the end of its connection.
    socket.setMaxListeners(2 * MOST_PIPELINED)
    handlers.watchStall(socket)
    return true
  }

  server.on('connection', (socket: Socket) => {
    if (!handlers.connection(socket)) socket.destroy()
    else if (!tls) serveHttp1(socket)
  })
  const takeRequest = take((request, response) => handlers.request(request, response))
  server.on('request', takeRequest)
  server.on('checkContinue', takeRequest)
  server.on(
    'checkExpectation',
    take((request, response) => handlers.unmetExpectation(request, response)),
  )
  server.on('clientError', (error, socket) => refuseUnparsable(socket, error))
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    // The server minds this connection no longer: unheard, a reset of it would end the thread.
    socket.on('error', () => socket.destroy())
    refuseUnparsable(socket, new Error('CONNECT is not served'))
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (isLeaving(socket)) return
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
    const release = () => response.detachSocket(socket as Socket)
    handlers.request(request, response, { socket, head, release })
  })

  return {
    server,
    useCertificate: renewed => tls?.useCertificate(renewed),
    async close(deadlineMs) {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      server.closeIdleConnections()
      http2?.leave()
      const cut = setTimeout(() => {
        server.closeAllConnections()
        for (const socket of upgraded) socket.destroy()
        tls?.cut()
      }, deadlineMs)
      await closed
      clearTimeout(cut)
    },
  }
}

function serverOptions(limits: ClientLimits): ServerOptions {
  return {
    insecureHTTPParser: false,
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headMs,
    // A body has limits of its own, which know what Weir itself holds up: see request-body.ts.
    requestTimeout: 0,
    connectionsCheckingInterval: CHECK_MS,
    keepAliveTimeout: limits.keepAliveMs,
    // Checked in messageFlaw, so that this refusal too is a problem.
    requireHostHeader: false,
  }
}

/** One with a body is none: its first bytes would be frames to one reader and a body to another. */
function isWebSocketUpgrade(request: IncomingMessage): boolean {
  return (
    request.method === 'GET' && request.headers.upgrade?.toLowerCase() === 'websocket' && !hasBody(request)
  )
}
