/** As much of the WebSocket interface as is used here: a browser's, Node's own and that of `ws` all have it. */
export interface WebSocketLike {
  binaryType: string
  send(data: SocketData): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: SocketEvent) => void): void
}

export type WebSocketConstructor = new (url: string, protocols?: string[]) => WebSocketLike

export type SocketData = string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob

interface SocketEvent {
  readonly type: string
  readonly data?: unknown
  readonly code?: number
  readonly reason?: string
}

/** How a socket came to its end. */
export interface SocketEnd {
  /** False: the server refused the handshake, or could not be reached; nobody may know which. */
  readonly opened: boolean
  readonly openForMs: number
  /** RFC 6455, 7.4.1; 1006: without a word. */
  readonly code: number
  readonly reason: string
}

/** A server that does not answer a close holds up the next socket no longer than this. */
const CLOSE_WITHIN_MS = 3000

/**
 * Follows a socket until it is closed; it must open within `openWithinMs`. Once `stop` is aborted it is closed with 1000, and the server's answer
 * waited for, so that what comes next does not overlap with it.
 */
export function followSocket(
  socket: WebSocketLike,
  { stop, openWithinMs }: { readonly stop: AbortSignal; readonly openWithinMs: number },
  heard: { opened(): void; message(data: unknown): void },
): Promise<SocketEnd> {
  return new Promise(resolve => {
    let openedAtMs: number | undefined
    let impatience: ReturnType<typeof setTimeout> | undefined
    const close = () => {
      impatience ??= setTimeout(end, CLOSE_WITHIN_MS, 1006, 'the server did not answer the close')
      socket.close(1000)
    }
    const opening = setTimeout(close, openWithinMs)
    const end = (code: number, reason: string) => {
      clearTimeout(opening)
      clearTimeout(impatience)
      stop.removeEventListener('abort', close)
      const openForMs = openedAtMs === undefined ? 0 : performance.now() - openedAtMs
      resolve({ opened: openedAtMs !== undefined, openForMs, code, reason })
    }
    socket.addEventListener('open', () => {
      clearTimeout(opening)
      openedAtMs = performance.now()
      heard.opened()
    })
    socket.addEventListener('message', ({ data }) => heard.message(data))
    socket.addEventListener('close', ({ code, reason }) => end(code ?? 1006, reason ?? ''))
    // It says nothing that may be read. Node 22 lets no close follow when the handshake failed.
    socket.addEventListener('error', () => {
      if (openedAtMs === undefined) end(1006, '')
    })
    if (stop.aborted) close()
    else stop.addEventListener('abort', close, { once: true })
  })
}
