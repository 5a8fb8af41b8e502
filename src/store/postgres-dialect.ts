import { PostgresDialect } from 'kysely'
import { Pool, types } from 'pg'

/** Connections a process opens at most: the control plane's verbs, the recorder, the directory's poll, jobs. */
const MOST_CONNECTIONS = 10
const CONNECT_MS = 5000

/** Kysely's Postgres dialect over a pool of `pg`. Whole numbers come back as numbers, as SQLite gives them. */
export function postgresDialect(url: string, onConnectionLost: (error: Error) => void): PostgresDialect {
  const pool = new Pool({
    connectionString: url,
    max: MOST_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    application_name: 'weir',
    types: { getTypeParser: parserOf },
  })
  // A connection that the server cuts while it runs no statement, idle or within a transaction, says so by an event:
  // unheard, it would end the process. The pool replaces it, and what a transaction asks of it next fails.
  pool.on('connect', client => client.on('error', onConnectionLost))
  // The same error again, of those that were idle.
  pool.on('error', () => undefined)
  return new PostgresDialect({ pool })
}

/** Numbers of Postgres' own types. */
const INT8: number = types.builtins.INT8
const NUMERIC: number = types.builtins.NUMERIC
const BYTEA: number = types.builtins.BYTEA

const parserOf: typeof types.getTypeParser = (type: number, format?: 'text' | 'binary') => {
  if (type === INT8 || type === NUMERIC) return wholeNumber
  const parse = types.getTypeParser(type, format)
  // Plain bytes, as SQLite gives them: a Buffer would compare and print differently.
  return type === BYTEA ? (text: string) => new Uint8Array(parse(text) as Buffer) : parse
}

/** A sum of bigints is numeric in Postgres. Nothing here is a fraction, and nothing may lose a digit unseen. */
function wholeNumber(text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number)) return number
  throw new RangeError(`The database holds ${text}, which is no whole number that can be kept exactly.`)
}
