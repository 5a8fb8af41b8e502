import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, backup } from 'node:sqlite'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'

/** What is in a copy. */
export interface Contents {
  readonly schema: readonly string[]
  readonly rows: Readonly<Record<string, number>>
}

/** All pages in one step. In several, each write between two steps would begin the copy anew. */
const ALL_PAGES = 0x7fffffff

/** Copies a database of SQLite's, while others write to it, as it stood at one instant; the copy is one whole file. */
async function copySqlite(file: string, to: string): Promise<Contents> {
  closeSync(openSync(to, 'wx', 0o600))
  const source = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  try {
    await backup(source, to, { rate: ALL_PAGES })
  } finally {
    source.close()
  }
  return readContents(to)
}

/** Throws when the file is damaged. Leaves it without a write-ahead log beside it. */
function readContents(file: string): Contents {
  const database = new DatabaseSync(file)
  try {
    database.exec('pragma journal_mode = delete')
    const [first] = database.prepare('pragma integrity_check').all()
    const verdict = first?.['integrity_check']
    if (verdict !== 'ok') throw new Error(`the database is damaged: ${String(verdict)}`)
    const strings = (sql: string) =>
      database
        .prepare(sql)
        .all()
        .map(({ name }) => String(name))
    const tables = strings(
      `select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name`,
    )
    const count = (quoted: string) =>
      Number(database.prepare(`select count(*) as n from ${quoted}`).get()?.['n'])
    return {
      schema: strings('select name from kysely_migration order by timestamp, name'),
      rows: Object.fromEntries(tables.map(table => [table, count(`"${table}"`)])),
    }
  } finally {
    database.close()
  }
}

/** What a worker that runs this file does. */
export type SqliteTask =
  | { readonly kind: 'copy'; readonly file: string; readonly to: string }
  | { readonly kind: 'read'; readonly file: string }

// A thread of its own: copying and checking take long, and the caller serves meanwhile.
if (!isMainThread && parentPort) {
  const task = workerData as SqliteTask
  parentPort.postMessage(
    task.kind === 'copy' ? await copySqlite(task.file, task.to) : readContents(task.file),
  )
}
