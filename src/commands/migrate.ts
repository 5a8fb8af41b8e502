import { existsSync } from 'node:fs'
import { lockDataDirectory } from '../store/data-lock.ts'
import { SchemaError, migrateTo, pathTo, readSchemaState, stepBack } from '../store/migrate.ts'
import { openDatabase, placeName } from '../store/open-store.ts'
import { type StoreSettings, storePlace } from './store-place.ts'

export interface MigrateSettings extends StoreSettings {
  /** The migration that is the last one afterwards. */
  readonly to?: string | undefined
  readonly back?: boolean | undefined
  readonly dryRun?: boolean | undefined
}

/**
 * `weir migrate`: shows what the schema of a store is made of and what is to be done, and does it in one
 * transaction. Resolves to the exit status.
 */
export async function runMigrate(settings: MigrateSettings, out: Output): Promise<number> {
  try {
    await migrate(settings, out)
    return 0
  } catch (error) {
    // What the database or the lock says is for whoever started this; a mistake of Weir's own is not.
    if (error instanceof TypeError || error instanceof ReferenceError) throw error
    out.err(`${(error as Error).message}\n`)
    return 1
  }
}

export interface Output {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

async function migrate(settings: MigrateSettings, { out }: Output): Promise<void> {
  const place = storePlace(settings)
  if (settings.back && settings.to !== undefined) {
    throw new SchemaError('--back and --to are two ways to say where to go: give one of them')
  }
  if ('file' in place && !existsSync(place.file)) {
    throw new SchemaError(`there is no database ${place.file}: weir serve makes it`)
  }
  // Nobody may have a file of SQLite's open meanwhile; of Postgres, the operator has to see to it.
  const lock = 'file' in place ? lockDataDirectory(settings.data) : undefined
  const db = openDatabase(place)
  try {
    const state = await readSchemaState(db, placeName(place))
    for (const name of state.applied) out(`applied  ${name}\n`)
    for (const name of state.pending) out(`missing  ${name}\n`)
    const target = settings.back ? stepBack(state).to : (settings.to ?? state.pending.at(-1))
    const { back, forward } = target === undefined ? { back: [], forward: [] } : pathTo(state, target)
    for (const name of back) out(`to do    take back ${name}\n`)
    for (const name of forward) out(`to do    apply ${name}\n`)
    if (target === undefined || back.length + forward.length === 0) return out('Nothing to do.\n')
    if (settings.dryRun) return out('Nothing was done: --dry-run.\n')
    await migrateTo(db, target)
    out('Done.\n')
    if (back.length > 0) out('Start the older Weir now: this one would apply again what was taken back.\n')
  } finally {
    await db.destroy()
    lock?.release()
  }
}
