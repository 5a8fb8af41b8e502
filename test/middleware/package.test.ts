import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { eventually, signToken } from '../e2e/harness.ts'

const root = join(import.meta.dirname, '../..')
const run = promisify(execFile)
const page = readFileSync(join(root, 'docs/middleware.md'), 'utf8')

/** The page's examples by the heading they stand under. */
const examples = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .flatMap(section => {
      const code = /```js\n([\s\S]*?)```/.exec(section)?.[1]
      return code === undefined ? [] : [[section.slice(0, section.indexOf('\n')), code] as const]
    }),
)
const servers = ['Hono', 'Any Fetch handler', 'Express', 'Fastify']

/** A project of somebody else's, with the packed middleware in it. */
let project: string
let tarball: Buffer<ArrayBuffer>
let child: ChildProcess | undefined

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), 'weir-middleware-'))
  await run('npm', ['pack', '--silent', '--pack-destination', project], { cwd: join(root, 'middleware') })
  const packed = readdirSync(project).find(name => name.endsWith('.tgz'))!
  tarball = readFileSync(join(project, packed))
  const installed = join(project, 'node_modules/weir-middleware')
  mkdirSync(installed, { recursive: true })
  await run('tar', ['-xzf', packed, '-C', installed, '--strip-components=1'], { cwd: project })
  const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    dependencies: object
  }
  const others = ['express', 'fastify', 'hono', '@hono/node-server', 'ws', '@types/express', '@types/node']
  for (const name of [...Object.keys(dependencies), ...others]) {
    mkdirSync(join(project, 'node_modules', name, '..'), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name))
  }
  writeFileSync(join(project, 'package.json'), '{"type":"module"}')
  cpSync(join(root, 'contracts/chat.yaml'), join(project, 'contract.yaml'))
  writeFileSync(join(project, 'weir.js'), examples.get('The contract and the apps')!)
})

afterEach(async () => {
  if (!child) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
  child = undefined
})

afterAll(() => rmSync(project, { recursive: true, force: true }))

describe('the package', () => {
  it('is clean by publint', async () => {
    const { messages, pkg } = await publint({
      pack: { tarball: tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.length) },
      strict: true,
    })
    expect(messages.map(message => formatMessage(message, pkg))).toEqual([])
    expect(pkg['name']).toBe('weir-middleware')
  })

  it('has what it imports among its dependencies, at the versions that are tested here, and no server', () => {
    const installed = join(project, 'node_modules/weir-middleware')
    const read = (file: string) =>
      JSON.parse(readFileSync(file, 'utf8')) as { dependencies: Record<string, string> }
    const { dependencies } = read(join(installed, 'package.json'))
    const imported = new Set<string>()
    for (const file of readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.js')) continue
      const text = readFileSync(join(installed, 'dist', file), 'utf8')
      for (const [, from] of text.matchAll(/\bfrom '((?!\.|node:)[^']+)'/g))
        imported.add(from!.split('/')[0]!)
      // Node 22 and 24 do not have it.
      expect(text).not.toMatch(/\bTemporal\./)
    }
    expect([...imported].toSorted()).toEqual(Object.keys(dependencies).toSorted())
    expect(read(join(root, 'package.json')).dependencies).toMatchObject(dependencies)
    expect(readdirSync(join(installed, 'dist/data-plane')).toSorted()).toEqual([
      'counters',
      'decide',
      'middleware',
    ])
  })

  it('has types that hold with those of Hono, Express and Fastify', async () => {
    const code = `
      import express from 'express'
      import Fastify from 'fastify'
      import { Hono } from 'hono'
      import { ContractError, type WeirFacts, createWeir } from 'weir-middleware'
      import { expressWeir, weirOf } from 'weir-middleware/express'
      import { fastifyWeir, weirOf as weirOfFastify } from 'weir-middleware/fastify'
      import { fetchHandler } from 'weir-middleware/fetch'
      import { type WeirEnv, honoWeir } from 'weir-middleware/hono'
      const weir = await createWeir({ contract: { text: '' }, apps: async () => [{ id: 'a', apiKeys: ['k'] }] })
      new Hono<WeirEnv>().use(honoWeir(weir)).get('/', c => c.text(c.var.weir.app.id))
      express().use('/v1', expressWeir(weir), (request, response) => void response.json(weirOf(request)))
      const app = Fastify()
      await app.register(fastifyWeir(weir))
      app.get('/', request => { const facts: WeirFacts = weirOfFastify(request); return facts.user })
      export const fetch = fetchHandler(weir, (_, { endpoint }, env: { x: string }) => new Response(endpoint + env.x))
      export const failed = (error: unknown) => error instanceof ContractError && error.mistakes[0]?.line
      // @ts-expect-error an app has an id
      void createWeir({ contract: { text: '' }, apps: [{ apiKeys: [] }] })
    `
    writeFileSync(join(project, 'types.ts'), code)
    const compilerOptions = {
      noEmit: true,
      strict: true,
      module: 'nodenext',
      target: 'es2023',
      skipLibCheck: true,
      types: ['node'],
    }
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['types.ts'] }))
    const checked = await run(join(root, 'node_modules/.bin/tsc'), ['-p', project]).then(
      ({ stdout }) => stdout,
      (error: { stdout: string }) => error.stdout,
    )
    expect(checked).toBe('')
  })
})

const headers = {
  'x-api-key': 'key-of-shop',
  authorization: await signToken({ user_id: 'ann' }, 'the secret that signs the tokens of shop'),
}

/** Starts an example of the page and answers its address, once somebody listens there. */
async function start(name: string): Promise<string> {
  const port = await freePort()
  const file = join(project, `${name.replaceAll(' ', '-')}.js`)
  writeFileSync(file, examples.get(name)!.replace('3000', String(port)))
  child = spawn(process.execPath, [file], { cwd: project, stdio: ['ignore', 'inherit', 'inherit'] })
  const url = `http://127.0.0.1:${port}`
  const status = () =>
    fetch(url).then(
      response => response.status,
      () => 0,
    )
  await eventually(status, answered => answered !== 0, 60_000)
  return url
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

describe('the page', () => {
  it('shows each way in', () => {
    expect([...examples.keys()]).toEqual(['The contract and the apps', ...servers, 'WebSockets'])
  })

  it.each(servers)('%s: its example keeps the contract', async name => {
    const url = await start(name)
    const answer = await fetch(`${url}/app`, { headers })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ app: 'shop', user: 'ann' })
    expect(answer.headers.get('x-ratelimit-limit')).toBe('1000')
    const refused = await fetch(`${url}/app`, { headers: { ...headers, authorization: 'x' } })
    expect(refused.status).toBe(401)
    expect(await refused.json()).toMatchObject({ code: 'invalid-token' })
    const limits = await fetch(`${url}/app/`, { headers })
    expect(limits.status).toBe(404)
    expect(await limits.json()).toMatchObject({ code: 'no-such-endpoint' })
  })

  it('WebSockets: its example lets in who may come, and answers the others', async () => {
    const url = await start('WebSockets')
    const socket = new WebSocket(`${url}/connect`, { headers })
    const upgraded = once(socket, 'upgrade') as Promise<[{ headers: Record<string, string> }]>
    const [message] = (await once(socket, 'message')) as [Buffer]
    expect(message.toString()).toBe('hello ann')
    expect((await upgraded)[0].headers['x-ratelimit-limit']).toBe('10000')
    socket.terminate()
    for (const [path, status] of [
      ['/connect?authorization=x', 401],
      ['/app', 404],
    ] as const) {
      const { authorization: _, ...keyOnly } = headers
      const refused = new WebSocket(url + path, { headers: path === '/app' ? headers : keyOnly })
      refused.on('error', () => refused.terminate())
      const [, response] = (await once(refused, 'unexpected-response')) as [unknown, { statusCode: number }]
      expect(response.statusCode).toBe(status)
      refused.terminate()
    }
  })
})
