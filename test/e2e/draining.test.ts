import { rmSync } from 'node:fs'
import type { RequestListener, ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type TestApp, type TestWeir, answerOk, startTestWeir } from './harness.ts'
import { connectRaw, head } from './raw-client.ts'
import { connectionsOf } from './recorded.ts'
import { type SocketUpstream, closeCode, nextMessage, openSocket } from './sockets.ts'
import { acceptRaw, echo, handshakeOf, serverFrame, startSocketUpstream } from './sockets.ts'
import type { Socket } from 'node:net'
import type { IncomingMessage } from 'node:http'

const DRAIN_MS = 5000
let upstream: SocketUpstream
let weir: TestWeir
let app: TestApp

beforeEach(async () => {
  upstream = await startSocketUpstream()
  weir = await startTestWeir({ upstream: upstream.url, settings: { drainSeconds: DRAIN_MS / 1000 } })
  app = await weir.newApp()
})

afterEach(async () => {
  await weir.stop()
  await upstream.close()
})

/** Ends Weir but keeps its data; returns how long it took. */
async function stop(): Promise<number> {
  const from = performance.now()
  await weir.weir.stop()
  return performance.now() - from
}
