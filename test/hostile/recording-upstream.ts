import { type AddressInfo, type Socket, createServer } from 'node:net'
import { type WireRequest, readRequests } from './strict-reader.ts'

/** An upstream that keeps every byte it got, and reads them by rules of its own, stricter than any server's. */
export interface RecordingUpstream {
  readonly url: string
  /** Requests that reached it whole, oldest first. */
  readonly requests: WireRequest[]
  /** What it got that is no request: there must be none. */
  readonly garbage: string[]
  forget(): void
  close(): Promise<void>
}

export async function startRecordingUpstream(): Promise<RecordingUpstream> {
  const requests: WireRequest[] = []
  const garbage: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    let received = ''
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // A client of Weir's that leaves makes Weir leave too.
    socket.on('error', () => socket.destroy())
    socket.on('data', chunk => {
      const read = readRequests(received + chunk.toString('latin1'))
      received = read.rest
      for (const request of read.requests) {
        requests.push(request)
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-upstream: yes\r\n\r\nok`)
      }
      if (read.flaw !== undefined) {
        garbage.push(`${read.flaw}: ${JSON.stringify(read.rest.slice(0, 500))}`)
        socket.destroy()
      }
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    garbage,
    forget() {
      requests.length = 0
      garbage.length = 0
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
