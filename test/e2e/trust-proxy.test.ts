import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ServeSettings } from '../../src/commands/settings.ts'
import { type TestUpstream, type TestWeir, eventually, startTestWeir, startUpstream } from './harness.ts'
import { startProcess } from './process.ts'
import { type RawClient, connectRaw } from './raw-client.ts'

let upstream: TestUpstream
let weir: TestWeir

beforeAll(async () => {
  upstream = await startUpstream()
})
afterEach(() => weir.stop())
afterAll(() => upstream.close())

async function start(settings: Partial<ServeSettings>): Promise<void> {
  weir = await startTestWeir({ upstream: upstream.url, settings })
}

const claims = {
  'x-forwarded-for': '9.9.9.9, 203.0.113.5',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'shop.test',
}

/** The forwarded fields of a request with `claims`, as the upstream got them. */
async function told(): Promise<unknown[]> {
  const app = await weir.newApp()
  const response = await app.call('/app', { headers: claims })
  const { headers } = (await response.json()) as { headers: Record<string, string> }
  return Object.keys(claims).map(name => headers[name])
}

describe('what a peer says of its client', () => {
  it('is not heard', async () => {
    await start({})
    expect(await told()).toEqual(['127.0.0.1', 'http', new URL(weir.weir.gatewayUrl).host])
  })

  it('holds when the peer is a trusted proxy', async () => {
    await start({ trustProxy: ['192.0.2.0/24', '127.0.0.0/8'] })
    expect(await told()).toEqual(['203.0.113.5, 127.0.0.1', 'https', 'shop.test'])
  })
})

describe('connections', () => {
  const open: RawClient[] = []
  afterEach(() => {
    for (const { socket } of open.splice(0)) socket.destroy()
  })
  async function connections(count: number): Promise<void> {
    const clients = Array.from({ length: count }, () => connectRaw(weir.weir.gatewayUrl))
    open.push(...(await Promise.all(clients)))
  }
  async function metric(name: string): Promise<number> {
    const metrics = await (await fetch(`${weir.weir.controlUrl}/metrics`)).text()
    return Number(
      metrics
        .split('\n')
        .find(line => line.startsWith(`${name} `))
        ?.slice(name.length) ?? 0,
    )
  }
  const refused = (bound: string) => metric(`weir_connections_refused_total{bound="${bound}"}`)

  it('of an IPv6 peer are bounded', async () => {
    await start({ host: '::1', maxConnectionsPerPeer: 5 })
    await connections(8)
    await eventually(
      () => refused('peer'),
      count => count === 3,
      60_000,
    )
    expect(await metric('weir_open_connections')).toBe(5)
  })

  it('of a trusted proxy are not counted as one peer’s, but among all', async () => {
    await start({ trustProxy: ['127.0.0.1'], maxConnectionsPerPeer: 5, maxConnections: 12 })
    await connections(15)
    await eventually(
      () => refused('all'),
      count => count === 3,
      60_000,
    )
    expect(await refused('peer')).toBe(0)
    for (const { socket } of open) socket.destroy()
    await eventually(
      () => metric('weir_open_connections'),
      count => count === 0,
      60_000,
    )
  })
})

it('`weir serve` says which network it cannot read', async () => {
  await start({})
  const wrong = startProcess(['serve', '--trust-proxy', '10.0.0.0/8,10.0.0.0/40'])
  expect(await wrong.ended).toBe(1)
  expect(wrong.stderr()).toContain(
    '"10.0.0.0/40" is no network: write 10.0.0.0/8, fd00::/8 or a single address',
  )
})
