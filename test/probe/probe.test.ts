import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { readOrganizationTime, readPlatformTime } from '../../src/control-plane/availability/read-time.ts'
import { verdictOf } from '../../src/core/availability/judge-slices.ts'
import { readContract } from '../../src/core/contract/read-contract.ts'
import { readStore } from '../../src/store/open-store.ts'
import {
  type TestApp,
  type TestUpstream,
  type TestWeir,
  chatContract,
  eventually,
  signToken,
  startTestWeir,
  startUpstream,
} from '../e2e/harness.ts'
import { type WeirProcess, addressesOf, startProcess } from '../e2e/process.ts'
import { requestsOf } from '../e2e/recorded.ts'

/** Probes as machines of their own: real processes that look at a real gateway in front of a real upstream. */

const contract = chatContract.replace(
  /\navailability:[\s\S]*?\n\n/,
  `
availability:
  sliceSeconds: 1
  probes:
    - { name: search, request: Search, expectBody: working, withinMs: 700, everySeconds: 1 }
    - { name: socket, request: GET /connect, expectStatus: 101, withinMs: 2000, everySeconds: 1 }

`,
)

const well: RequestListener = (_, response) => response.end('all is working')
const broken: RequestListener = (_, response) => response.writeHead(500).end()

interface SeenAt {
  readonly place: string
  readonly ok: boolean
  readonly detail: string | null
}

let weir: TestWeir
let upstream: TestUpstream
let healthy: TestUpstream
let behave: RequestListener = well
let customer: TestApp
let ours: { id: string; apiKey: string; secret: string }
const running: WeirProcess[] = []
const sockets: WebSocketServer[] = []

beforeAll(async () => {
  upstream = await startUpstream((request, response) => behave(request, response))
  healthy = await startUpstream(well)
  for (const { server } of [upstream, healthy])
    sockets.push(new WebSocketServer({ server, path: '/connect' }))
  weir = await startTestWeir({ upstream: upstream.url, contract: () => contract })
  customer = await weir.newApp()
  const us = await weir.control<{ id: string }>('POST', '/api/organizations', { name: 'Us', plan: 'start' })
  const wanted = { name: 'Probes', forProbes: true }
  ours = await weir.control('POST', `/api/organizations/${us.id}/apps`, wanted)
  await weir.weir.refresh()
})
afterEach(async () => {
  behave = well
  await Promise.all(running.splice(0).map(each => each.end()))
})
afterAll(async () => {
  await weir.stop()
  await upstream.close()
  await healthy.close()
})

async function tokenOf(place: string): Promise<string> {
  const member = { name: place, email: 'probes@example.com', role: 'probe' }
  return (await weir.control<{ token: string }>('POST', '/api/members', member)).token
}

/** `weir probe` in a place; it calls the gateway unless `url` says otherwise. */
async function probeIn(place: string, url = weir.weir.gatewayUrl): Promise<WeirProcess> {
  const probe = startProcess(['probe', '--control', weir.weir.controlUrl, '--url', url, '--place', place], {
    WEIR_PROBE_TOKEN: await tokenOf(place),
    WEIR_PROBE_API_KEY: ours.apiKey,
    WEIR_PROBE_API_TOKEN: await signToken({ server: true }, ours.secret),
  })
  running.push(probe)
  await probe.shows(/"msg":"weir probes"/)
  return probe
}

async function seenBy(place: string, probe = 'search'): Promise<SeenAt | undefined> {
  const { items } = await weir.control<{ items: { name: string; places: SeenAt[] }[] }>('GET', '/api/probes')
  return items.find(({ name }) => name === probe)?.places.find(each => each.place === place)
}

/** Within this a change is seen, reported and read, on a machine that has much to do. */
const SEEN_WITHIN_MS = 15_000

describe('what a probe reports of an upstream that is', () => {
  it('well, broken, hung, slow, wrong, down and well again', async () => {
    await probeIn('Paris')
    const reports = (ok: boolean, detail: string | null) =>
      eventually(
        () => seenBy('Paris'),
        seen => seen?.ok === ok && seen.detail === detail,
        SEEN_WITHIN_MS,
      )
    await reports(true, null)
    behave = broken
    await reports(false, 'answered 500, not 200')
    behave = () => undefined
    await reports(false, 'no answer within 700 ms')
    behave = (_, response) => void response.write('all is ')
    await reports(false, 'answered 200, and the body was not whole within 700 ms')
    behave = (_, response) => void response.end('all is lost')
    await reports(false, 'the body does not hold "working"')
    const { port } = new URL(upstream.url)
    upstream.server.close()
    upstream.server.closeAllConnections()
    await reports(false, 'answered 502 (upstream-unreachable), not 200')
    upstream.server.listen(Number(port), '127.0.0.1')
    await once(upstream.server, 'listening')
    behave = well
    await reports(true, null)
  })
})

describe('a slice without traffic', () => {
  it('is up while one place of three fails, and down by probe once two do; the probes move nothing else', async () => {
    const nobody = await startUpstream()
    await nobody.close()
    await probeIn('Oslo', nobody.url)
    await probeIn('Rome', healthy.url)
    await probeIn('Bern')
    await eventually(
      () => seenBy('Oslo'),
      seen => seen?.ok === false,
      SEEN_WITHIN_MS,
    )
    await eventually(
      () => seenBy('Bern'),
      seen => seen?.ok === true,
      SEEN_WITHIN_MS,
    )
    // Each place has said something, so what is judged from here on is judged by three.
    const oneOfThreeMs = Date.now() + 1000
    await judgedWhen(oneOfThreeMs, 3, all => all.every(verdict => verdict === 'up by probe'))
    behave = broken
    await eventually(
      () => seenBy('Bern'),
      seen => seen?.ok === false,
      SEEN_WITHIN_MS,
    )
    const twoOfThreeMs = Date.now() + 1000
    await judgedWhen(twoOfThreeMs, 3, all => all.every(verdict => verdict === 'down by probe'))

    const carried = requestsOf(weir, { ...customer, id: ours.id })
    expect(carried.map(({ outcome }) => outcome).toSorted()).toContain('failed')
    const slices = await fromStore(async db => [
      await db.selectFrom('app_slices').selectAll().execute(),
      await db.selectFrom('endpoint_slices').selectAll().execute(),
    ])
    expect(slices).toEqual([[], []])
  })
})

type Read<T> = Parameters<typeof readStore<T>>[1]

function fromStore<T>(read: Read<T>): Promise<T> {
  return readStore({ file: join(weir.dataDir, 'weir.db') }, read)
}

/** What the customer's slices came to in these seconds, once the gateway's beats of them are written too. */
async function judgedWhen(
  fromMs: number,
  seconds: number,
  accept: (verdicts: readonly string[]) => boolean,
): Promise<void> {
  const read = readContract(contract, 'contract.yaml', () => undefined)
  if (!read.ok) throw new Error('the contract has mistakes')
  const { availability } = read.contract
  const startMs = Math.ceil(fromMs / 1000) * 1000
  const endMs = startMs + seconds * 1000
  const judge = () =>
    fromStore(async db => {
      const platform = await readPlatformTime(db, { startMs, endMs }, availability, Date.now())
      const { apps } = await readOrganizationTime(db, customer.organizationId, platform)
      return [...apps[0]!.verdicts].map(byte => {
        const { state, decider } = verdictOf(byte)
        return `${state} by ${decider}`
      })
    })
  await eventually(
    async () => (Date.now() > endMs ? judge() : []),
    all => all.length > 0 && accept(all),
    60_000,
  )
}

describe('a probe', () => {
  it('keeps what it sees while the control plane is away, tells it later, and its last on SIGTERM', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-probe-'))
    const file = join(folder, 'contract.yaml')
    writeFileSync(file, contract)
    const env = { WEIR_OPERATOR_TOKEN: 'an-operator-token-of-my-own' }
    const serve = (control: string) =>
      startProcess(
        ['serve', '--contract', file, '--upstream', healthy.url, '--data', join(folder, 'data')].concat([
          '--port',
          '0',
          '--control-port',
          control,
          '--threads',
          '1',
          '--counters',
          '65536',
        ]),
        env,
      )
    try {
      const first = serve('0')
      running.push(first)
      const { control } = await addressesOf(first)
      const answer = await fetch(`${control}/api/members`, {
        method: 'POST',
        headers: { authorization: `Bearer ${env.WEIR_OPERATOR_TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'Paris', email: 'probes@example.com', role: 'probe' }),
      })
      const { token } = (await answer.json()) as { token: string }
      const args = ['probe', '--control', control, '--url', healthy.url, '--place', 'Paris']
      const probe = startProcess(args, { WEIR_PROBE_TOKEN: token })
      running.push(probe)
      await probe.shows(/the answer is as expected/)
      await first.end('SIGKILL')
      const awayFromMs = Date.now()
      await probe.shows(/the control plane cannot be reached: results wait/)
      await eventually(
        async () => Date.now() - awayFromMs,
        ms => ms > 4000,
        60_000,
      )
      const awayToMs = Date.now()
      const second = serve(new URL(control).port)
      running.push(second)
      await probe.shows(/"dropped":0.+the control plane takes results again/)
      const lastMs = Date.now()
      expect(await probe.end()).toBe(0)
      expect(probe.stdout()).toMatch(/"signal":"SIGTERM".+the probe ended/)

      const results = await readStore({ file: join(folder, 'data', 'weir.db') }, db =>
        db.selectFrom('probe_results').select(['at_ms', 'ok']).orderBy('at_ms').execute(),
      )
      const instants = results.map(({ at_ms: atMs }) => atMs)
      const away = instants.filter(atMs => atMs > awayFromMs && atMs < awayToMs)
      expect(away.length).toBeGreaterThanOrEqual(3)
      expect(instants.at(-1)).toBeGreaterThan(lastMs - 2500)
    } finally {
      await Promise.all(running.splice(0).map(each => each.end()))
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('opens a WebSocket through the gateway, closes it, and shows no secret', async () => {
    const closed = Promise.withResolvers<number>()
    sockets[0]!.once('connection', socket => socket.once('close', closed.resolve))
    const probe = await probeIn('Bonn')
    expect(await closed.promise).toBe(1000)
    await eventually(
      () => seenBy('Bonn', 'socket'),
      seen => seen?.ok === true,
      SEEN_WITHIN_MS,
    )
    const shown = probe.stdout() + probe.stderr()
    for (const secret of [ours.apiKey, ours.secret]) expect(shown).not.toContain(secret)
    expect(shown).not.toMatch(/Bearer|eyJ/)
    expect(await probe.end('SIGINT')).toBe(0)
  })

  it('tells instants in the store’s time, however far its own clock is from it', async () => {
    const startMs = Date.UTC(2026, 3, 1)
    const past = await startTestWeir({
      upstream: healthy.url,
      contract: () => contract,
      settings: { testClock: { startMs, originMs: Date.now(), speed: 1 } },
    })
    try {
      const member = { name: 'Paris', email: 'probes@example.com', role: 'probe' }
      const { token } = await past.control<{ token: string }>('POST', '/api/members', member)
      const args = ['probe', '--control', past.weir.controlUrl, '--url', healthy.url, '--place', 'Paris']
      const probe = startProcess(args, { WEIR_PROBE_TOKEN: token })
      running.push(probe)
      await probe.shows(/the answer is as expected/)
      expect(await probe.end()).toBe(0)
      const { items } = await past.control<{ items: { places: { at: string }[] }[] }>('GET', '/api/probes')
      expect(items[0]?.places[0]?.at).toMatch(/^2026-04-01T00:0/)
    } finally {
      await past.stop()
    }
  })
})

describe('weir probe says what to do about', () => {
  const control = () => weir.weir.controlUrl
  async function refused(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const probe = startProcess(['probe', ...args], env)
    const status = await probe.ended
    return { status, words: probe.stderr() }
  }
  const flags = (place = 'Paris') => ['--control', control(), '--url', healthy.url, '--place', place]

  it('no token, a token nobody has, and one of another place', async () => {
    expect(await refused(flags())).toEqual({
      status: 1,
      words: expect.stringMatching(/^WEIR_PROBE_TOKEN is not set: add a member with the role probe/),
    })
    expect(await refused(flags(), { WEIR_PROBE_TOKEN: 'wm_nobody' })).toEqual({
      status: 1,
      words: expect.stringMatching(/refuses this probe: The token is not known\..+\(401\)\n$/),
    })
    expect(await refused(flags('Rome'), { WEIR_PROBE_TOKEN: await tokenOf('Cologne') })).toEqual({
      status: 1,
      words: expect.stringContaining('This token speaks for the place "Cologne", not for "Rome".'),
    })
  })

  it('an address that is none, or that something else listens on', async () => {
    const bad = await refused(['--control', 'localhost', '--url', healthy.url, '--place', 'Paris'])
    expect(bad).toEqual({
      status: 1,
      words: expect.stringContaining('"localhost" is no http:// or https://'),
    })
    const other = ['--control', healthy.url, '--url', healthy.url, '--place', 'Paris']
    expect(await refused(other, { WEIR_PROBE_TOKEN: 'x' })).toEqual({
      status: 1,
      words: expect.stringContaining('it is no control port of a Weir'),
    })
  })

  it('a flag that is missing', async () => {
    expect((await refused(['--url', healthy.url, '--place', 'x'])).words).toContain("'--control <url>'")
  })
})
