import { Client } from 'pg'
import { BackupError } from './manifest.ts'
import { majorVersion, runProgram } from './postgres-programs.ts'
import type { Contents } from './sqlite-copy.ts'

/** Dumps the database, while others write to it, as it stood at one instant; the rows are counted at the same. */
export async function dumpPostgres(url: string, to: string): Promise<Contents> {
  return withClient(url, async client => {
    await refuseOlderProgram(client)
    await client.query('begin isolation level repeatable read read only')
    const exported = await client.query<{ id: string }>('select pg_export_snapshot() as id')
    const contents = await contentsOf(client)
    await runProgram('pg_dump', [...plain, `--snapshot=${exported.rows[0]?.id ?? ''}`, `--file=${to}`], url)
    return contents
  })
}

/** Who owns what, and who may see it, is a matter of the server that it is restored to. */
const plain = ['--format=custom', '--no-owner', '--no-privileges', '--no-password']

/** Fills an empty database, in one transaction: all of it or nothing. */
export async function loadPostgres(url: string, file: string): Promise<Contents> {
  return withClient(url, async client => {
    await refuseFilled(client)
    await runProgram('pg_restore', ['--single-transaction', '--exit-on-error', ...plain.slice(1), file], url)
    return contentsOf(client)
  })
}

async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: url,
    application_name: 'weir',
    connectionTimeoutMillis: 5000,
  })
  try {
    await client.connect()
    return await use(client)
  } finally {
    await client.end()
  }
}

/** pg_dump reads servers of its own version and older ones. */
async function refuseOlderProgram(client: Client): Promise<void> {
  const { rows } = await client.query<{ server_version_num: string }>('show server_version_num')
  const server = Math.floor(Number(rows[0]?.server_version_num) / 10_000)
  const program = await majorVersion('pg_dump')
  if (program >= server) return
  throw new BackupError(
    `pg_dump is of version ${program} and the server of version ${server}: install the client programs of ` +
      `version ${server} or newer, on Debian postgresql-client-${server}`,
  )
}

async function refuseFilled(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select format('%s.%s', n.nspname, c.relname) as name from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_toast%'
     order by 1 limit 1`,
  )
  const [first] = rows
  if (first === undefined) return
  throw new BackupError(
    `the database is not empty: it holds ${first.name}. Restore into an empty one: createdb NAME`,
  )
}

async function contentsOf(client: Client): Promise<Contents> {
  const tables = await client.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = current_schema() order by tablename collate "C"`,
  )
  const rows: Record<string, number> = {}
  for (const { name } of tables.rows) {
    const counted = await client.query<{ n: string }>(
      `select count(*) as n from ${client.escapeIdentifier(name)}`,
    )
    rows[name] = Number(counted.rows[0]?.n)
  }
  if (rows['kysely_migration'] === undefined) {
    throw new BackupError(
      'the database holds nothing of Weir’s: name the one that --database-url names for serve',
    )
  }
  const applied = await client.query<{ name: string }>(
    'select name from kysely_migration order by timestamp, name',
  )
  return { schema: applied.rows.map(({ name }) => name), rows }
}
