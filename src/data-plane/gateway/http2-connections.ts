import {
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
  performServerHandshake,
} from 'node:http2'
import type { TLSSocket } from 'node:tls'
import type { ClientLimits } from './client-limits.ts'
import { HANG_UP_MS } from './hang-up.ts'
import type { HttpHandlers } from './http-server.ts'
import { StreamRequest } from './stream-request.ts'
import { StreamResponse } from './stream-response.ts'

/** The HTTP/2 connections of one gateway thread. */
export interface Http2Connections {
  serve(socket: TLSSocket): void
  /** Tells every client to open no further stream; each connection ends with its last one. */
  leave(): void
}

/** Requests of one connection at once; as many as may wait on one of HTTP/1. */
const MOST_STREAMS = 100
/** A client may take back this many requests, and this many more a second: then its connection ends. */
const RESETS = 200
const RESETS_A_SECOND = 20
/** What may wait in a connection for upstreams that take no more; one of them must not stop the others' bodies. */
const WINDOW_BYTES = 1 << 20
/** Pseudo-fields count for the parser, and a few too many get an answer that says so; past twice, a reset. */
const fieldBound = (maxHeaderFields: number) => 2 * maxHeaderFields + 8

export function createHttp2Connections(handlers: HttpHandlers, limits: ClientLimits): Http2Connections {
  const options = sessionOptions(limits)
  const leaving = new Set<() => void>()

  function serve(socket: TLSSocket): void {
    const { remoteAddress } = socket
    const session = performServerHandshake(socket, options)
    const life = mind(session, socket, limits)
    leaving.add(life.leave)
    socket.once('close', () => leaving.delete(life.leave))
    session.on('stream', (stream, headers, _flags, raw) => {
      // An error of one stream is its end: 'close' follows it and settles everything.
      stream.on('error', () => stream.close())
      life.opened(stream)
      take(stream, headers, raw, remoteAddress)
    })
  }

  function take(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    raw: readonly string[],
    remoteAddress: string | undefined,
  ): void {
    // Taken back in the same breath: nobody has seen it.
    if (stream.destroyed || stream.closed) return
    const request = new StreamRequest(stream, headers, raw, remoteAddress)
    const response = new StreamResponse(stream, request)
    handlers.watchStall(response)
    const { expect } = headers
    const met = expect === undefined || expect.toLowerCase() === '100-continue'
    if (met) handlers.request(request, response)
    else handlers.unmetExpectation(request, response)
  }

  return {
    serve,
    leave() {
      for (const leave of leaving) leave()
    },
  }
}

/** Ends a connection on which nothing happens: before its first stream, between two, and when it was told to leave. */
function mind(session: ServerHttp2Session, socket: TLSSocket, limits: ClientLimits) {
  let open = 0
  let isLeaving = false
  let timer = setTimeout(leave, limits.headMs)

  function leave(): void {
    isLeaving = true
    session.close()
    if (open === 0) cutSoon()
  }
  function cutSoon(): void {
    clearTimeout(timer)
    timer = setTimeout(() => socket.destroy(), HANG_UP_MS)
  }
  session.on('connect', () => session.setLocalWindowSize(WINDOW_BYTES))
  // A session that breaks ends its connection by itself; its streams tell those who wait for them.
  session.on('error', () => socket.destroy())
  socket.once('close', () => clearTimeout(timer))

  return {
    leave,
    opened(stream: ServerHttp2Stream): void {
      open++
      clearTimeout(timer)
      stream.once('close', () => {
        if (--open > 0 || socket.destroyed) return
        if (isLeaving) cutSoon()
        else timer = setTimeout(leave, limits.keepAliveMs)
      })
    },
  }
}

function sessionOptions(limits: ClientLimits): ServerOptions {
  return {
    settings: { maxConcurrentStreams: MOST_STREAMS, maxHeaderListSize: limits.maxHeaderBytes },
    maxHeaderListPairs: fieldBound(limits.maxHeaderFields),
    streamResetBurst: RESETS,
    streamResetRate: RESETS_A_SECOND,
    // An upstream may send a field twice that should stand there once: that is between it and the client.
    strictSingleValueFields: false,
  }
}
