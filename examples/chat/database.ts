/* oxlint-disable typescript/no-unnecessary-type-parameters, typescript/no-unsafe-type-assertion --
   SQL has no types: who writes a query says what its rows are. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'

export type Database = ReturnType<typeof openDatabase>

/**
 * Opens a file (made when it is not there; one process at a time) or `:memory:`. Queries are template
 * strings whose values become bound parameters; the caller says what a row looks like.
 */
export function openDatabase(file: string) {
  const database = open(file)
  const prepared = database.createTagStore()

  function all<Row>(query: TemplateStringsArray, ...values: SQLInputValue[]): Row[] {
    return prepared.all(query, ...values) as unknown as Row[]
  }
  return {
    all,
    find: <Row>(query: TemplateStringsArray, ...values: SQLInputValue[]) => all<Row>(query, ...values)[0],
    /** For a query that always has a row. */
    one<Row>(query: TemplateStringsArray, ...values: SQLInputValue[]): Row {
      const [row] = all<Row>(query, ...values)
      if (row === undefined) throw new Error(`No row: ${query.join('?')}`)
      return row
    },
    /** All of `work` happens, or nothing. */
    transaction<Result>(work: () => Result): Result {
      database.exec('BEGIN IMMEDIATE')
      try {
        const result = work()
        database.exec('COMMIT')
        return result
      } catch (error) {
        database.exec('ROLLBACK')
        throw error
      }
    },
    close: () => database.close(),
  }
}

function open(file: string): DatabaseSync {
  try {
    const database = new DatabaseSync(file, { timeout: 5000 })
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    database.exec(schema)
    return database
  } catch (error) {
    throw new Error(`The database ${file} cannot be opened`, { cause: error })
  }
}

export function parseFields(custom: string): Record<string, unknown> {
  return JSON.parse(custom)
}

/** `n` grows with every row, so it tells the order too. `custom` is the client's own fields, as JSON. */
const schema = `
  CREATE TABLE IF NOT EXISTS users (
    app TEXT NOT NULL, id TEXT NOT NULL, name TEXT, custom TEXT NOT NULL DEFAULT '{}',
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
    PRIMARY KEY (app, id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE IF NOT EXISTS channels (
    n INTEGER PRIMARY KEY, app TEXT NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL, custom TEXT NOT NULL,
    created_by TEXT, created_at TEXT NOT NULL, active_at TEXT NOT NULL,
    message_count INTEGER NOT NULL DEFAULT 0, last_message INTEGER NOT NULL DEFAULT 0,
    UNIQUE (app, type, id)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS channels_by_activity ON channels (app, active_at);

  CREATE TABLE IF NOT EXISTS members (
    channel INTEGER NOT NULL REFERENCES channels, user TEXT NOT NULL, joined_at TEXT NOT NULL,
    read_to INTEGER NOT NULL, read_at TEXT NOT NULL,
    PRIMARY KEY (channel, user)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS members_by_user ON members (user, channel);

  CREATE TABLE IF NOT EXISTS messages (
    n INTEGER PRIMARY KEY, channel INTEGER NOT NULL REFERENCES channels, id TEXT NOT NULL, user TEXT NOT NULL,
    text TEXT NOT NULL, custom TEXT NOT NULL, created_at TEXT NOT NULL,
    UNIQUE (channel, id)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS messages_by_channel ON messages (channel, n, user);

  CREATE VIRTUAL TABLE IF NOT EXISTS message_words
    USING fts5 (text, content = messages, content_rowid = n, tokenize = 'unicode61 remove_diacritics 2');
  CREATE TRIGGER IF NOT EXISTS message_added AFTER INSERT ON messages BEGIN
    INSERT INTO message_words (rowid, text) VALUES (new.n, new.text);
    UPDATE channels SET message_count = message_count + 1, last_message = new.n, active_at = new.created_at
      WHERE n = new.channel;
  END;
`
