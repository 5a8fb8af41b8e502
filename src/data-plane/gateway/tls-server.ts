import { constants } from 'node:crypto'
import type { Server, ServerOptions } from 'node:http'
import { createServer } from 'node:https'
import type { Socket } from 'node:net'
import type { SecureContextOptions, TLSSocket } from 'node:tls'
import type { Certificate } from './certificate.ts'

/** An HTTP/1 server that speaks TLS, and hands the connections that chose HTTP/2 to somebody else. */
export interface TlsServer {
  readonly server: Server
  /** New handshakes get this certificate; connections that stand go on. */
  useCertificate(certificate: Certificate): void
  /** Cuts every connection, also those whose handshake is not done. */
  cut(): void
}

export interface TlsServerOptions {
  readonly http1: ServerOptions
  readonly certificate: Certificate
  readonly handshakeMs: number
  /** A connection that stands; HTTP/1 is served on it if this returns true. */
  readonly secured: (socket: TLSSocket) => boolean
}

export function createTlsServer(options: TlsServerOptions): TlsServer {
  const server = createServer({
    ...options.http1,
    ...secureContext(options.certificate),
    ALPNProtocols: ['h2', 'http/1.1'],
    handshakeTimeout: options.handshakeMs,
  })
  const connections = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })
  // The server's own listener reads HTTP/1 from whatever comes.
  const serveHttp1 = server.listeners('secureConnection') as ((socket: TLSSocket) => void)[]
  server.removeAllListeners('secureConnection')
  server.on('secureConnection', (socket: TLSSocket) => {
    if (options.secured(socket)) for (const serve of serveHttp1) serve.call(server, socket)
  })
  // What is no handshake, plain HTTP too, never becomes a request, and there is no way to answer it.
  server.removeAllListeners('tlsClientError')
  server.on('tlsClientError', (_error: Error, socket: TLSSocket) => socket.destroy())

  return {
    server,
    useCertificate: certificate => server.setSecureContext(secureContext(certificate)),
    cut() {
      for (const socket of connections) socket.destroy()
    },
  }
}

/** Renegotiation lets a client make the server work for nothing; TLS 1.3 has none. */
function secureContext({ cert, key }: Certificate): SecureContextOptions {
  return { cert, key, minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_RENEGOTIATION }
}
