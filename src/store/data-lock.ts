import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** The data directory is this process's alone until it is released or the process ends, however it ends. */
export interface DataLock {
  release(): void
}

/**
 * Locks the data directory. Two embedded Weirs on one directory would each count for themselves and grant every
 * limit twice. The lock is SQLite's on a file of its own, so the system frees it when its holder dies.
 *
 * Throws an Error that names the other process if there is one, and what to do.
 */
export function lockDataDirectory(dataDir: string): DataLock {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const pidFile = join(dataDir, 'pid')
  const database = new DatabaseSync(join(dataDir, 'lock'))
  try {
    database.exec('begin exclusive')
  } catch (error) {
    database.close()
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error
    const pid = existsSync(pidFile) ? readFileSync(pidFile, 'utf8').trim() : 'that just starts'
    const message = `another Weir (process ${pid}) runs on ${dataDir}: stop it, or choose another --data`
    throw new Error(message, { cause: error })
  }
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 })
  return { release: () => database.close() }
}

const SQLITE_BUSY = 5
