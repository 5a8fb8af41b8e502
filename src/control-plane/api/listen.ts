import { serve } from '@hono/node-server'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AddressInfo } from 'node:net'
import type { ApiEnv } from './deps.ts'

export interface ControlServer {
  /** The one that was given, or the one the system chose for 0. */
  readonly port: number
  /** Takes no more requests, lets those under way end, then resolves. */
  close(): Promise<void>
}

/** Starts serving the control API. Rejects when the address cannot be had. */
export async function listenControl(
  api: OpenAPIHono<ApiEnv>,
  { port, host }: { port: number; host: string },
): Promise<ControlServer> {
  const listening = Promise.withResolvers<number>()
  const server = serve({ fetch: api.fetch, port, hostname: host }, (info: AddressInfo) => {
    listening.resolve(info.port)
  })
  server.once('error', listening.reject)
  const bound = await listening.promise
  return {
    port: bound,
    close: () => {
      const closed = Promise.withResolvers<void>()
      server.close(error => (error === undefined ? closed.resolve() : closed.reject(error)))
      if ('closeIdleConnections' in server) server.closeIdleConnections()
      return closed.promise
    },
  }
}
