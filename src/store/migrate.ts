import type { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { migrations } from './migrations/all.ts'
import type { Schema } from './schema.ts'

/** What the schema of a database is made of, and what is still missing. */
export interface SchemaState {
  /** In the order in which they were applied. */
  readonly applied: readonly string[]
  /** In the order in which they will be. */
  readonly pending: readonly string[]
}

/** What cannot be done to a schema; its message says why and what to do. */
export class SchemaError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SchemaError'
  }
}

/** Throws a SchemaError if the database, called `name` in it, was made by a newer Weir. */
export async function readSchemaState(db: Kysely<Schema>, name: string): Promise<SchemaState> {
  const applied = await appliedMigrations(db)
  const unknown = unknownMigration(applied)
  if (unknown !== undefined) {
    throw new SchemaError(
      `The database ${name} was made by a newer Weir: it holds the migration "${unknown}", which this one does ` +
        'not know. Start the newer Weir, take its migrations back with its `weir migrate --to`, or restore a ' +
        'backup from before the upgrade.',
    )
  }
  return { applied, pending: names.filter(each => !applied.includes(each)) }
}

/** The first of these that this Weir does not know. */
export function unknownMigration(applied: readonly string[]): string | undefined {
  return applied.find(each => !names.includes(each))
}

const names = Object.keys(migrations).toSorted()

async function appliedMigrations(db: Kysely<Schema>): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some(table => table.name === 'kysely_migration')) return []
  const rows = await db
    .withTables<{ kysely_migration: { name: string; timestamp: string } }>()
    .selectFrom('kysely_migration')
    .select('name')
    .orderBy('timestamp')
    .orderBy('name')
    .execute()
  return rows.map(({ name }) => name)
}

/**
 * Applies all that is missing, in one transaction. Of nodes that start together one does it and the others wait.
 * A migration may come in below one that is applied: versions under development differ in which they have.
 */
export async function migrateToLatest(db: Kysely<Schema>): Promise<void> {
  const { error } = await migratorOf(db).migrateToLatest()
  if (error !== undefined) throw error
}

/** What leads from `state` to `target` as the last one applied, which is none of the way back. */
export function pathTo(state: SchemaState, target: string): { back: string[]; forward: string[] } {
  if (!names.includes(target)) {
    throw new SchemaError(`There is no migration "${target}". There are: ${names.join(', ')}.`)
  }
  const at = state.applied.indexOf(target)
  if (at === -1) return { back: [], forward: state.pending.slice(0, state.pending.indexOf(target) + 1) }
  const back = state.applied.slice(at + 1).toReversed()
  refuseOneWay(back)
  return { back, forward: [] }
}

/** The last migration that was applied, and the one before it. Throws a SchemaError if it cannot be taken back. */
export function stepBack(state: SchemaState): { back: string; to: string } {
  const [back, to] = state.applied.toReversed()
  if (back === undefined) throw new SchemaError('There is nothing to take back: the database is empty.')
  refuseOneWay([back])
  if (to === undefined) throw new SchemaError(`"${back}" is the first migration, and cannot be taken back.`)
  return { back, to }
}

function refuseOneWay(back: readonly string[]): void {
  const oneWay = back.find(each => migrations[each]?.down === undefined)
  if (oneWay === undefined) return
  throw new SchemaError(
    `"${oneWay}" cannot be taken back: no Weir worked before it, so taking it back would be to delete everything. ` +
      'To begin anew, name an empty --data or an empty database.',
  )
}

/** Applies or takes back, in one transaction, until `target` is the last migration applied. */
export async function migrateTo(db: Kysely<Schema>, target: string): Promise<void> {
  const { error } = await migratorOf(db).migrateTo(target)
  if (error !== undefined) throw error
}

function migratorOf(db: Kysely<Schema>): Migrator {
  return new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    allowUnorderedMigrations: true,
  })
}
