import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'

/** A Postgres server of a test's own, on a free port and in a folder that goes with it. */
export interface PrivatePostgres {
  /** Makes an empty database, or a copy of one that nobody has open; the address to open it with. */
  createDatabase(copyOf?: string): Promise<string>
  /** Ends the server and keeps what it holds: whoever is connected is cut off. */
  halt(): Promise<void>
  /** After `halt`, at the same address. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** Where Debian's package puts the server's programs: one folder a version. */
const VERSIONS = '/usr/lib/postgresql'

function postgresProgram(name: 'initdb' | 'postgres'): string {
  const [newest] = existsSync(VERSIONS) ? readdirSync(VERSIONS).toSorted((a, b) => Number(b) - Number(a)) : []
  return newest === undefined ? name : join(VERSIONS, newest, 'bin', name)
}

export async function startPrivatePostgres(): Promise<PrivatePostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-postgres-'))
  const user = unprivilegedUser()
  if (user) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const made = spawnSync(
    postgresProgram('initdb'),
    ['--pgdata', data, '--username', 'weir', '--auth', 'trust', '--encoding', 'UTF8', '--no-sync'],
    { ...user, cwd: folder, encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`)
  const port = await freePort()
  const settings = [`listen_addresses=127.0.0.1`, `unix_socket_directories=${folder}`, 'fsync=off']
  let server: ChildProcess
  let ended: Promise<void>
  async function start(): Promise<void> {
    const child = spawn(
      postgresProgram('postgres'),
      ['-D', data, '-p', String(port), ...settings.flatMap(setting => ['-c', setting])],
      { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    server = child
    ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
    await untilReady(child.stderr, ended)
  }
  async function halt(): Promise<void> {
    // Fast shutdown: whoever is still connected is cut off.
    server.kill('SIGINT')
    await ended
  }
  await start()
  const url = (database: string) => `postgres://weir@127.0.0.1:${port}/${database}`
  return {
    async createDatabase(copyOf) {
      const name = `weir_${randomUUID().replaceAll('-', '')}`
      const client = new Client({ connectionString: url('postgres') })
      await client.connect()
      const template = copyOf === undefined ? '' : ` template ${new URL(copyOf).pathname.slice(1)}`
      await client.query(`create database ${name}${template}`)
      await client.end()
      return url(name)
    },
    halt,
    start,
    async stop() {
      await halt()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Postgres refuses to run as root. */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout)
  return { uid: id('-u'), gid: id('-g') }
}

function untilReady(stderr: NodeJS.ReadableStream, ended: Promise<void>): Promise<void> {
  let told = ''
  return new Promise((resolve, reject) => {
    stderr.setEncoding('utf8')
    stderr.on('data', (text: string) => {
      told += text
      if (told.includes('ready to accept connections')) resolve()
    })
    void ended.then(() => reject(new Error(`postgres did not start:\n${told}`)))
  })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}
