import { randomInt } from 'node:crypto'
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestApp, type TestWeir, startTestWeir } from '../e2e/harness.ts'
import { connectRaw, head } from '../e2e/raw-client.ts'
import { unlimited } from './unlimited.ts'

const CLIENTS = 32
const REQUESTS = 800
/** More than a socket buffers at once, so faults fall in the middle. */
const LENGTH = 100_000

const faults = [
  'none',
  'dies',
  'resets',
  'hangs',
  'too long',
  'too long later',
  'bad chunk',
  'two answers',
] as const
type Fault = (typeof faults)[number]

let server: Server
let weir: TestWeir
let app: TestApp
const sockets = new Set<Socket>()
/** Requests of a connection so far. */
const asked = new WeakMap<Socket, number>()

beforeAll(async () => {
  server = createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    socket.on('data', chunk => {
      const [, number, fault] = /\?n=(\d+)&fault=([^ ]+)/.exec(chunk.toString('latin1')) ?? []
      if (number === undefined) return
      asked.set(socket, (asked.get(socket) ?? 0) + 1)
      misbehave(socket, bodyOf(Number(number)), decodeURIComponent(fault!) as Fault)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  weir = await startTestWeir({ upstream: `http://127.0.0.1:${port}`, contract: unlimited })
  app = await weir.newApp()
})

afterAll(async () => {
  await weir.stop()
  for (const socket of sockets) socket.destroy()
  server.close()
})

/** Each request's own text over and over: a foreign byte shows. */
const bodyOf = (number: number) => `<${number}>`.repeat(LENGTH).slice(0, LENGTH)

function misbehave(socket: Socket, body: string, fault: Fault): void {
  const whole = `HTTP/1.1 200 OK\r\ncontent-length: ${LENGTH}\r\n\r\n`
  const half = body.slice(0, LENGTH / 2)
  if (fault === 'none') socket.write(whole + body)
  else if (fault === 'dies') socket.end(whole + half)
  else if (fault === 'resets') socket.write(whole + half, () => socket.resetAndDestroy())
  else if (fault === 'hangs') socket.write(whole + half)
  else if (fault === 'too long') socket.write(`${whole}${body}${half}`)
  else if (fault === 'two answers') socket.write(`${whole}${body}${whole}${body}`)
  else if (fault === 'too long later') socket.write(whole + body, () => sendLate(socket, half))
  else socket.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nc350\r\n${half}\r\nnonsense\r\n`)
}

/** Once it has begun another answer, an upstream that still sends of the old one has mixed the two by itself. */
function sendLate(socket: Socket, bytes: string): void {
  const before = asked.get(socket)
  setTimeout(() => asked.get(socket) === before && socket.write(bytes), 2)
}

it('an upstream that breaks in mid-body never mixes one client’s bytes into another’s answer', async () => {
  const seed = Number(process.env['WEIR_FUZZ_SEED'] ?? randomInt(2 ** 31))
  const plan = fc.sample(fc.constantFrom(...faults), { seed, numRuns: REQUESTS })
  const credentials = { 'x-api-key': app.apiKey, authorization: await app.token({ user_id: 'ann' }) }
  const seen = { whole: 0, cut: 0, failed: 0 }
  const wrong: string[] = []
  let next = 0

  async function ask(number: number): Promise<void> {
    const client = await connectRaw(weir.weir.gatewayUrl)
    // An upstream that hangs is left by its client: what matters is who gets the next answer.
    const patience = setTimeout(() => client.socket.destroy(), plan[number] === 'hangs' ? 1000 : 60_000)
    client.write(
      head(`GET /app?n=${number}&fault=${encodeURIComponent(plan[number]!)}`, {
        ...credentials,
        connection: 'close',
      }),
    )
    const bytes = (await client.rest()).toString('latin1')
    clearTimeout(patience)
    client.socket.destroy()
    const at = bytes.indexOf('\r\n\r\n')
    const body = bytes.slice(at + 4)
    if (!bytes.startsWith('HTTP/1.1 200')) seen.failed++
    else if (bytes.slice(0, at).toLowerCase().includes('content-length'))
      judge(number, body, body.length === LENGTH)
    // A chunked answer that broke off has no last chunk.
    else
      judge(
        number,
        body.slice(body.indexOf('<')).replace(/\r\n[\da-f]+\r\n/g, ''),
        body.endsWith('0\r\n\r\n'),
      )
  }
  function judge(number: number, body: string, whole: boolean): void {
    seen[whole ? 'whole' : 'cut']++
    if (whole ? body !== bodyOf(number) : !`${bodyOf(number)}\r\n`.startsWith(body.replace(/\r\n$/, ''))) {
      wrong.push(`${plan[number]} ${number}: ${body.length} bytes, not its own`)
    }
    if (!whole && plan[number] === 'none') wrong.push(`${number} was cut for another's fault`)
  }
  async function askOnAndOn(): Promise<void> {
    while (next < REQUESTS) await ask(next++)
  }

  await Promise.all(Array.from({ length: CLIENTS }, askOnAndOn))
  expect(wrong, `WEIR_FUZZ_SEED=${seed}`).toEqual([])
  expect(seen.whole).toBeGreaterThan(REQUESTS / 4)
  expect(seen.cut).toBeGreaterThan(REQUESTS / 4)
})
