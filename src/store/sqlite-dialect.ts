import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { SqliteAdapter, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely'

/**
 * Kysely's SQLite dialect over Node's own `node:sqlite`, for one connection. Migrations run in
 * transactions, so a process killed in the middle of one leaves the schema it found.
 */
export class NodeSqliteDialect extends SqliteDialect {
  /** `read`: nothing is ever written, not even the file’s own settings. */
  constructor(file: string, mode: 'write' | 'read' = 'write') {
    super({ database: async () => openDatabase(file, mode) })
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter()
  }
}

class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

/** The project's own SQL takes about a hundred shapes; the bound only guards against generated ones. */
const MAX_CACHED_STATEMENTS = 500

function openDatabase(file: string, mode: 'write' | 'read'): SqliteDatabase {
  const readOnly = mode === 'read'
  const database = new DatabaseSync(file, { timeout: 5000, enableForeignKeyConstraints: true, readOnly })
  if (!readOnly) database.exec('pragma journal_mode = wal; pragma synchronous = full')
  // A deferred transaction that reads first cannot wait for another writer: SQLite fails it at once.
  const begin = readOnly ? 'begin' : 'begin immediate'
  const cache = new Map<string, SqliteStatement>()
  return {
    close: () => database.close(),
    prepare: sql => {
      if (sql === 'rollback' && !database.isTransaction) return ALREADY_ROLLED_BACK
      const cached = cache.get(sql)
      if (cached !== undefined) return cached
      const statement = prepare(database, sql === 'begin' ? begin : sql)
      const oldest = cache.size < MAX_CACHED_STATEMENTS ? undefined : cache.keys().next().value
      if (oldest !== undefined) cache.delete(oldest)
      cache.set(sql, statement)
      return statement
    },
  }
}

/** What a full disk or an I/O error ends, SQLite rolls back by itself; a rollback that fails then would hide the reason. */
const ALREADY_ROLLED_BACK: SqliteStatement = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [].values(),
}

function prepare(database: DatabaseSync, sql: string): SqliteStatement {
  const statement = database.prepare(sql)
  return {
    reader: isReader(statement),
    all: parameters => statement.all(...bindable(parameters)),
    run: parameters => statement.run(...bindable(parameters)),
    // Its own statement: a cached one could be started again while its rows are still being read.
    iterate: parameters => database.prepare(sql).iterate(...bindable(parameters)),
  }
}

function isReader(statement: StatementSync): boolean {
  return statement.columns().length > 0
}

/** Anything else could only be a mistake in a query; SQLite itself would say less about it. */
function bindable(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map(value => {
    if (
      value === null ||
      typeof value === 'string' ||
      typeof value === 'number' ||
      typeof value === 'bigint'
    ) {
      return value
    }
    if (value instanceof Uint8Array) return value
    throw new TypeError(`SQLite cannot bind a value of type ${typeof value}.`)
  })
}
