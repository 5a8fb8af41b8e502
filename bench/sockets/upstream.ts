import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

/** A WebSocket server that sends back what it gets, and answers plain requests with a small JSON. */
const http = createServer((_request, response) => response.end('{"ok":true}'))
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false })
sockets.on('connection', socket =>
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
)
http.listen(Number(process.argv[2]), '127.0.0.1', 4096, () => process.stdout.write('ready\n'))
