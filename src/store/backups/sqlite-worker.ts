import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Contents, SqliteTask } from './sqlite-copy.ts'

/** Copies the database to a new file, in a thread of its own, and tells what is in the copy. */
export function copySqlite(file: string, to: string): Promise<Contents> {
  return run({ kind: 'copy', file, to })
}

/** Checks a file that nobody else has open, and tells what is in it. */
export function readSqlite(file: string): Promise<Contents> {
  return run({ kind: 'read', file })
}

async function run(task: SqliteTask): Promise<Contents> {
  const worker = new Worker(new URL('./sqlite-copy.ts', import.meta.url), { workerData: task })
  const [contents] = (await once(worker, 'message')) as [Contents]
  return contents
}
