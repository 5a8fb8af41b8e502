import { join } from 'node:path'
import { type GatewayParts, type RunningGateway, startGateway } from '../data-plane/gateway/start-gateway.ts'
import { clientLimits } from './client-limit-options.ts'
import type { ServeSettings } from './settings.ts'
import { UsageError } from './usage-error.ts'

/** The gateway of a node; undefined on one that is only a control node. */
export async function startOwnGateway(
  settings: ServeSettings,
  env: NodeJS.ProcessEnv,
  parts: GatewayParts,
): Promise<RunningGateway | undefined> {
  if (settings.role === 'control') return undefined
  if (settings.databaseUrl !== undefined) {
    parts.log.warn({}, 'limits are counted by each gateway node for itself: two nodes grant them twice')
  }
  return startGateway(gatewaySettings(settings, env), parts)
}

function gatewaySettings(settings: ServeSettings, env: NodeJS.ProcessEnv) {
  const { host, port, threads, counters, logLevel, logRequests, testClock } = settings
  return {
    host,
    port,
    threads,
    counters,
    logLevel,
    logRequests,
    testClock,
    upstreamUrls: settings.upstream ?? [],
    upstreamKey: env['WEIR_UPSTREAM_KEY'] || undefined,
    pingIntervalMs: settings.pingSeconds * 1000,
    clientLimits: clientLimits(settings),
    trustProxy: settings.trustProxy,
    tls: tlsFiles(settings),
    spoolDirectory: join(settings.data, 'spool'),
    spoolBytes: settings.spoolMib * 2 ** 20,
  }
}

function tlsFiles({ tlsCert: cert, tlsKey: key }: ServeSettings) {
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined)
    throw new UsageError('--tls-key stands alone: name its certificate with --tls-cert FILE')
  if (key === undefined) throw new UsageError('--tls-cert stands alone: name its key with --tls-key FILE')
  return { cert, key }
}
