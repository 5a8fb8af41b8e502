import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { BackupError } from './manifest.ts'

/**
 * Runs a program of Postgres' on the database. The password goes by the environment: arguments can be read by
 * everyone on the machine. Throws a BackupError with what the program said.
 */
export async function runProgram(
  name: 'pg_dump' | 'pg_restore',
  args: readonly string[],
  url?: string,
): Promise<string> {
  const { address, password } = url === undefined ? { address: [], password: undefined } : connection(url)
  const env = { ...process.env, ...(password !== undefined && { PGPASSWORD: password }) }
  const child = spawn(name, [...args, ...address], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const failed = once(child, 'error').then(([error]) => error as NodeJS.ErrnoException)
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  const outcome = await Promise.race([failed, ended])
  if (outcome instanceof Error) throw missing(name, outcome)
  const [stdout, stderr, [status]] = outcome
  if (status !== 0) throw new BackupError(`${name} failed: ${stderr.trim()}`)
  return stdout
}

function missing(name: string, cause: NodeJS.ErrnoException): Error {
  return new BackupError(
    `${name} could not be started (${cause.code ?? cause.message}): install Postgres' client programs, ` +
      'on Debian postgresql-client',
    { cause },
  )
}

/** Settings of the driver's that libpq does not know. */
const DRIVER_SETTINGS = ['uselibpqcompat', 'ssl', 'password']

function connection(url: string): { address: string[]; password: string | undefined } {
  const parsed = new URL(url)
  const password = parsed.searchParams.get('password') ?? decodeURIComponent(parsed.password)
  parsed.password = ''
  for (const setting of DRIVER_SETTINGS) parsed.searchParams.delete(setting)
  return { address: ['--dbname', parsed.href], password: password || undefined }
}

/** The program's own version: 15 of `pg_dump (PostgreSQL) 15.8`. */
export async function majorVersion(name: 'pg_dump' | 'pg_restore'): Promise<number> {
  const said = await runProgram(name, ['--version'])
  return Number(/(\d+)/.exec(said)?.[1])
}
