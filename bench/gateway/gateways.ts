import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { haproxyConf, nginxConf, upstreamConf } from './upstream.conf.ts'

/** A gateway under test, on the first core; everything that loads it is on the others. */
export interface Running {
  readonly pid: number
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  stop(): Promise<void>
}

type Start = (upstream: number, folder: string) => Promise<Running>

const here = (file: string) => new URL(file, import.meta.url).pathname
const GATEWAY_CORE = '0'
const LOAD_CORE = '1'

export const onLoadCore = ['taskset', '-c', LOAD_CORE] as const

/** The same Weir, but that its threads remember nothing of what they saw: see `unrecorded.ts`. */
export const UNRECORDED = 'Weir, 1 thread, recording nothing'

export const gateways: Record<string, Start> = {
  'bare node:http + undici (the floor)': node('server-bare.ts'),
  'Weir, 1 thread': (upstream, folder) => weir(upstream, folder, 1),
  [UNRECORDED]: (upstream, folder) => weir(upstream, folder, 1, ['--import', here('unrecorded.ts')]),
  'Weir, 2 threads on both cores': (upstream, folder) => weir(upstream, folder, 2),
  'Fastify stack, as it comes': node('server-fastify.ts'),
  'Fastify stack, at its best': node('server-fastify.ts', 'best'),
  'Express stack, as it comes': node('server-express.ts'),
  'Express stack, at its best': node('server-express.ts', 'best'),
  'nginx, limit_req': proxy('nginx', nginxConf),
  'HAProxy, stick table': proxy('haproxy', haproxyConf),
}

export async function startUpstream(folder: string): Promise<{ port: number; stop(): Promise<void> }> {
  const port = await freePort()
  const conf = join(folder, 'upstream.conf')
  writeFileSync(conf, upstreamConf(port, folder))
  const child = spawn('taskset', ['-c', LOAD_CORE, 'nginx', '-c', conf, '-p', folder])
  await answers(`http://127.0.0.1:${port}/`, {})
  return { port, stop: () => end(child) }
}

function node(file: string, ...more: string[]): Start {
  return async upstream => {
    const port = await freePort()
    const child = spawn('taskset', [
      '-c',
      GATEWAY_CORE,
      process.execPath,
      here(file),
      String(port),
      String(upstream),
      ...more,
    ])
    return running(child, port, { 'x-api-key': 'key' })
  }
}

function proxy(program: string, conf: (port: number, upstream: number, folder: string) => string): Start {
  return async (upstream, folder) => {
    const port = await freePort()
    const file = join(folder, `${program}.conf`)
    writeFileSync(file, conf(port, upstream, folder))
    const args = program === 'nginx' ? ['-c', file, '-p', folder] : ['-f', file]
    const child = spawn('taskset', ['-c', GATEWAY_CORE, program, ...args])
    return running(child, port, { 'x-api-key': 'key' })
  }
}

/** The whole of it: token, three limits, headers, recording to the store. */
async function weir(
  upstream: number,
  folder: string,
  threads: number,
  nodeFlags: readonly string[] = [],
): Promise<Running> {
  const data = join(folder, `weir-${process.hrtime.bigint()}`)
  const contract = join(folder, 'contract.yaml')
  const chat = readFileSync(here('../../contracts/chat.yaml'), 'utf8')
  writeFileSync(
    contract,
    chat
      .replace('  user: 60', '  user: 1000000000')
      .replace('    default: 1000\n', '    default: 1000000000\n')
      .replace('burst: { divisor: 30 }', 'burst: { divisor: 1 }'),
  )
  const ports = [await freePort(), await freePort()] as const
  const cores = threads === 1 ? GATEWAY_CORE : `${GATEWAY_CORE},${LOAD_CORE}`
  const peers = ['--max-connections-per-peer', '30000']
  const flags = [
    ...peers,
    '--port',
    String(ports[0]),
    '--control-port',
    String(ports[1]),
    '--threads',
    String(threads),
  ]
  const files = ['--contract', contract, '--data', data, '--upstream', `http://127.0.0.1:${upstream}`]
  const child = spawn(
    'taskset',
    ['-c', cores, process.execPath, ...nodeFlags, here('../../src/main.ts'), 'serve', ...flags, ...files],
    {
      env: { ...process.env, WEIR_OPERATOR_TOKEN: 'a-token-for-the-benchmark', WEIR_LOG_LEVEL: 'warn' },
    },
  )
  const control = `http://127.0.0.1:${ports[1]}`
  await answers(`${control}/readyz`, {})
  const post = async (path: string, body: object) => {
    const headers = { authorization: 'Bearer a-token-for-the-benchmark', 'content-type': 'application/json' }
    const response = await fetch(control + path, { method: 'POST', headers, body: JSON.stringify(body) })
    return (await response.json()) as { id: string; apiKey: string; secret: string }
  }
  const organization = await post('/api/organizations', { name: 'Bench', plan: 'start' })
  const app = await post(`/api/organizations/${organization.id}/apps`, { name: 'Bench' })
  const token = await new SignJWT({ user_id: 'ann' })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(app.secret))
  return running(child, ports[0], { 'x-api-key': app.apiKey, authorization: token })
}

async function running(child: ChildProcess, port: number, headers: Record<string, string>): Promise<Running> {
  const url = `http://127.0.0.1:${port}/app`
  await answers(url, headers)
  return { pid: child.pid!, url, headers, stop: () => end(child) }
}

/** Asks until the address answers with a 200; a server that does not come up ends the benchmark. */
async function answers(url: string, headers: Record<string, string>): Promise<void> {
  for (let i = 0; i < 400; i++) {
    const status = await fetch(url, { headers }).then(
      response => response.body?.cancel().then(() => response.status),
      () => 0,
    )
    if (status === 200) return
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  throw new Error(`${url} did not come up`)
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise(resolve => child.once('close', resolve))
  child.kill('SIGTERM')
  await ended
}

export function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
