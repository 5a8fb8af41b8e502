import { type RequestListener, createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { clientLimitDefaults, clientLimits } from '../../src/commands/client-limit-options.ts'
import { openCounters } from '../../src/data-plane/counters/shared-memory.ts'
import { createAppDirectory } from '../../src/data-plane/decide/app-directory.ts'
import { createGateway } from '../../src/data-plane/gateway/gateway.ts'
import { createPeerMemory, openPeerCounts } from '../../src/data-plane/gateway/peer-counts.ts'
import { createUpstreams } from '../../src/data-plane/gateway/upstreams.ts'
import { readApps } from '../../src/data-plane/middleware/apps-option.ts'
import { readContractOption } from '../../src/data-plane/middleware/contract-option.ts'
import { expressWeir, weirOf } from '../../src/data-plane/middleware/express.ts'
import { fastifyWeir, weirOf as weirOfFastify } from '../../src/data-plane/middleware/fastify.ts'
import { fetchHandler } from '../../src/data-plane/middleware/fetch.ts'
import { type WeirEnv, honoWeir } from '../../src/data-plane/middleware/hono.ts'
import {
  type WeirFacts,
  type WeirOptions,
  createCounters,
  createWeir,
} from '../../src/data-plane/middleware/weir.ts'
import { createPlanGate } from '../../src/data-plane/plans/plan-gate.ts'
import { createRecorder } from '../../src/data-plane/recording/recorder.ts'
import { createLog } from '../../src/http/log.ts'

/** A server that keeps the contract, in front of an API that answers what it was told about the request. */
export interface Subject {
  readonly url: string
  close(): Promise<void>
}

export const subjects: Readonly<Record<string, (options: WeirOptions) => Promise<Subject>>> = {
  gateway: startGateway,
  fetch: startFetch,
  hono: startHono,
  'express 5': options => startExpress(express, options),
  'express 4': options => startExpress(createRequire(import.meta.url)('express4') as typeof express, options),
  fastify: startFastify,
}

/** Fields under names that are Weir's, and others: the first are replaced, the others stay. */
const handlerFields = {
  'X-RateLimit-Limit': '7',
  RateLimit: '"mine";r=1;t=1',
  'weir-request-id': 'mine',
  'Access-Control-Allow-Origin': 'https://evil.example',
  'Access-Control-Allow-Credentials': 'true',
  Vary: 'Accept',
  'X-Own': 'kept',
  'Content-Type': 'application/x-own',
}

function told({ app, user, platform, endpoint, query }: WeirFacts) {
  return { app: app.id, user, platform, endpoint, query }
}

async function startGateway(options: WeirOptions): Promise<Subject> {
  const upstream = await listening((request, response) => {
    const of = (name: string) => request.headers[`weir-${name}`]
    const query = request.url!.slice(request.url!.split('?')[0]!.length)
    const body = {
      app: of('app'),
      user: of('user'),
      platform: of('platform'),
      endpoint: of('endpoint'),
      query,
    }
    response.writeHead(201, handlerFields).end(JSON.stringify(body))
  })
  const clock = options.clock!
  const memory = createCounters()
  const counters = openCounters(memory, { owner: 1, clock })
  const contract = readContractOption(options.contract)
  const directory = createAppDirectory(contract, counters)
  directory.update({ apps: await readApps(options.apps, contract) })
  const upstreams = createUpstreams([upstream.url], { timeoutMs: 5000, clock })
  const limits = clientLimits(clientLimitDefaults)
  const keeper = { reserve: async () => 'within' as const, settle() {}, opened() {}, closed() {} }
  const gateway = createGateway({
    directory,
    counters,
    recorder: createRecorder({ storeOffsetMs: () => 0 }),
    upstreams: () => upstreams,
    plans: createPlanGate(keeper),
    thread: 1,
    clock,
    log: createLog({ level: 'silent' }),
    logRequests: false,
    upstreamKey: undefined,
    pingIntervalMs: 30_000,
    trustProxy: [],
    certificate: undefined,
    clientLimits: limits,
    peers: openPeerCounts(createPeerMemory(1, memory.hashKey), 1, limits),
  })
  await new Promise<void>(resolve => gateway.server.listen(0, '127.0.0.1', resolve))
  return {
    url: urlOf(gateway.server.address()),
    async close() {
      await gateway.drain(0)
      await upstreams.retire()
      await upstream.close()
    },
  }
}

async function startFetch(options: WeirOptions): Promise<Subject> {
  const handler = fetchHandler(
    await createWeir(options),
    (_request, facts) => new Response(JSON.stringify(told(facts)), { status: 201, headers: handlerFields }),
  )
  return served(request => handler(request))
}

async function startHono(options: WeirOptions): Promise<Subject> {
  const app = new Hono<WeirEnv>()
  app.use(honoWeir(await createWeir(options)))
  app.all('*', c => c.body(JSON.stringify(told(c.var.weir)), 201, handlerFields))
  return served(app.fetch)
}

async function startExpress(framework: typeof express, options: WeirOptions): Promise<Subject> {
  const app = framework().disable('x-powered-by').disable('etag')
  app.use(expressWeir(await createWeir(options)))
  app.use((request, response) => {
    response
      .status(201)
      .set(handlerFields)
      .end(JSON.stringify(told(weirOf(request))))
  })
  return listening(app)
}

async function startFastify(options: WeirOptions): Promise<Subject> {
  const app = Fastify({ exposeHeadRoutes: false })
  await app.register(fastifyWeir(await createWeir(options)))
  app.all('*', (request, reply) => {
    reply
      .code(201)
      .headers(handlerFields)
      .send(JSON.stringify(told(weirOfFastify(request))))
  })
  return { url: await app.listen({ host: '127.0.0.1', port: 0 }), close: () => app.close() }
}

export async function served(fetch: (request: Request) => Response | Promise<Response>): Promise<Subject> {
  return new Promise(resolve => {
    const server = serve({ fetch, port: 0, hostname: '127.0.0.1' }, address => {
      resolve({ url: urlOf(address), close: () => closed(server) })
    })
  })
}

export async function listening(listener: RequestListener): Promise<Subject> {
  const server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { url: urlOf(server.address()), close: () => closed(server) }
}

function urlOf(address: AddressInfo | string | null): string {
  return `http://127.0.0.1:${(address as AddressInfo).port}`
}

function closed(server: { close(done: () => void): unknown; closeAllConnections?(): void }): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections?.()
  })
}
