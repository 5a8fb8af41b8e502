import { createHash, randomBytes } from 'node:crypto'
import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { type ClientOptions, WebSocket, WebSocketServer } from 'ws'
import { type TestApp, type TestUpstream, type TestWeir, startUpstream } from './harness.ts'
import { head } from './raw-client.ts'

/** An upstream that takes WebSockets; `handshake` may take one over before it is answered. */
export interface SocketUpstream extends TestUpstream {
  /** Called with each WebSocket the upstream accepted. Echoes unless a test sets it. */
  onSocket: (socket: WebSocket) => void
  /** Answers a handshake by itself; undefined: accept it. */
  handshake: ((request: IncomingMessage, socket: Socket) => void) | undefined
}

export async function startSocketUpstream(): Promise<SocketUpstream> {
  const upstream = await startUpstream()
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: true,
    maxPayload: 64 * 1024 * 1024,
    handleProtocols: offered => (offered.has('chat.v2') ? 'chat.v2' : false),
  })
  // The server forgets a connection once it is upgraded.
  const connections = new Set<Socket>()
  upstream.server.on('connection', socket => connections.add(socket))
  const taking: SocketUpstream = {
    ...upstream,
    onSocket: echo,
    handshake: undefined,
    close() {
      for (const socket of connections) socket.destroy()
      return upstream.close()
    },
  }
  upstream.server.on('upgrade', (request, socket: Socket, early: Buffer) => {
    // A reset is what some tests are about.
    socket.on('error', () => socket.destroy())
    if (taking.handshake) taking.handshake(request, socket)
    else sockets.handleUpgrade(request, socket, early, accepted => taking.onSocket(accepted))
  })
  return taking
}

export function echo(socket: WebSocket): void {
  socket.on('message', (data, binary) => socket.send(data, { binary }))
}

/** Opens a WebSocket as a user of the app, `ann` if no claims are given; rejects with the status if refused. */
export async function openSocket(
  weir: { readonly weir: Pick<TestWeir['weir'], 'gatewayUrl'> },
  app: Pick<TestApp, 'apiKey' | 'token'>,
  options: { claims?: Record<string, unknown>; protocols?: string[]; client?: ClientOptions } = {},
): Promise<WebSocket> {
  const url = `${weir.weir.gatewayUrl.replace('http', 'ws')}/connect?api_key=${app.apiKey}`
  const token = await app.token(options.claims ?? { user_id: 'ann' })
  const socket = new WebSocket(`${url}&authorization=${token}`, options.protocols ?? [], {
    maxPayload: 64 * 1024 * 1024,
    ...options.client,
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve()).once('error', reject)
    socket.once('unexpected-response', (_, response) => reject(new Error(String(response.statusCode))))
  })
  // From here on an error is one of the ways to close.
  socket.on('error', () => socket.terminate())
  return socket
}

export function nextMessage(socket: WebSocket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    socket.once('message', data => resolve(data as Buffer))
    socket.once('close', code => reject(new Error(`closed with ${code}`)))
  })
}

export function closeCode(socket: WebSocket): Promise<number> {
  return new Promise(resolve => socket.once('close', resolve))
}

/** The handshake's bytes, for a raw client. */
export async function handshakeOf(app: TestApp, fields: Record<string, string> = {}): Promise<string> {
  return head('GET /connect', {
    'x-api-key': app.apiKey,
    authorization: await app.token({ user_id: 'ann' }),
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
    ...fields,
  })
}

/** Accepts a handshake by hand. */
export function acceptRaw(request: IncomingMessage, socket: Socket, behind: Buffer = Buffer.alloc(0)): void {
  const key = request.headers['sec-websocket-key']! + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
  const accept = createHash('sha1').update(key).digest('base64')
  const lines = ['Connection: Upgrade', 'Upgrade: websocket', `Sec-WebSocket-Accept: ${accept}`]
  const text = `HTTP/1.1 101 ${STATUS_CODES[101]}\r\n${lines.join('\r\n')}\r\n\r\n`
  socket.write(Buffer.concat([Buffer.from(text), behind]))
}

/** An unmasked frame, as servers send them; `length` may promise more than `payload` holds. */
export function serverFrame(opcode: number, payload: Buffer, length = payload.length): Buffer {
  const header = Buffer.alloc(10)
  header[0] = 0x80 | opcode
  header[1] = 127
  header.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([header, payload])
}

/** A short frame as clients send them, under a mask of zeros. */
export function clientFrame(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload])
}
