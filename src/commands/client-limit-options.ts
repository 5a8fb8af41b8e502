import type { ClientLimits } from '../data-plane/gateway/client-limits.ts'

/** What one client may take, as the flags of `weir serve` say it. */
export interface ClientLimitSettings {
  readonly maxHeaderKib: number
  readonly maxHeaderFields: number
  readonly maxBodyMib: number
  readonly headSeconds: number
  readonly bodyIdleSeconds: number
  readonly uploadSeconds: number
  readonly keepAliveSeconds: number
  readonly stallSeconds: number
  readonly maxConnectionsPerPeer: number
  readonly maxConnections: number
}

export const clientLimitDefaults: ClientLimitSettings = {
  maxHeaderKib: 16,
  maxHeaderFields: 100,
  maxBodyMib: 100,
  headSeconds: 10,
  bodyIdleSeconds: 30,
  uploadSeconds: 3600,
  // Longer than load balancers keep a connection they do not use: who closes first must not be about to be asked.
  keepAliveSeconds: 65,
  stallSeconds: 30,
  maxConnectionsPerPeer: 1000,
  maxConnections: 50_000,
}

/** A flag with its argument, what it says in the help, and the whole numbers it takes. */
export interface ClientLimitFlag {
  readonly setting: keyof ClientLimitSettings
  readonly flags: string
  readonly text: string
  readonly least: number
  readonly most: number
}

const HOUR = 3600

export const clientLimitFlags: readonly ClientLimitFlag[] = [
  flag('maxHeaderKib', '--max-header-kib <number>', 'request line and header fields together', 1, 1024),
  flag('maxHeaderFields', '--max-header-fields <number>', 'header fields of a request', 1, 10_000),
  flag('maxBodyMib', '--max-body-mib <number>', 'body of a request', 1, 1 << 20),
  flag('headSeconds', '--head-seconds <number>', 'how long a request’s head may take to arrive', 1, HOUR),
  flag('bodyIdleSeconds', '--body-idle-seconds <number>', 'how long a body may stand still', 1, HOUR),
  flag('uploadSeconds', '--upload-seconds <number>', 'how long a whole body may take', 1, 168 * HOUR),
  flag('keepAliveSeconds', '--keep-alive-seconds <number>', 'how long an idle connection is kept', 1, HOUR),
  flag('stallSeconds', '--stall-seconds <number>', 'who takes nothing for so long is cut', 1, HOUR),
  flag(
    'maxConnectionsPerPeer',
    '--max-connections-per-peer <number>',
    'connections of one address, or one IPv6 /64',
    1,
    1_000_000,
  ),
  flag('maxConnections', '--max-connections <number>', 'connections of all clients', 1, 1_000_000),
]

function flag(
  setting: keyof ClientLimitSettings,
  flags: string,
  text: string,
  least: number,
  most: number,
): ClientLimitFlag {
  return { setting, flags, text, least, most }
}

export function clientLimits(settings: ClientLimitSettings): ClientLimits {
  return {
    maxHeaderBytes: settings.maxHeaderKib * 1024,
    maxHeaderFields: settings.maxHeaderFields,
    maxBodyBytes: settings.maxBodyMib * 1024 ** 2,
    headMs: settings.headSeconds * 1000,
    bodyIdleMs: settings.bodyIdleSeconds * 1000,
    uploadMs: settings.uploadSeconds * 1000,
    keepAliveMs: settings.keepAliveSeconds * 1000,
    stallMs: settings.stallSeconds * 1000,
    maxConnectionsPerPeer: settings.maxConnectionsPerPeer,
    maxConnections: settings.maxConnections,
  }
}
