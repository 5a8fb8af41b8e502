import { join } from 'node:path'
import { type Command, Option } from 'commander'
import type { StorePlace } from '../store/open-store.ts'
import { postgresUrl } from './flag-values.ts'

/** Where the store is: the flags, and the variables, of the same names as those of `weir serve`. */
export interface StoreSettings {
  readonly data: string
  readonly databaseUrl?: string | undefined
}

export function addStoreOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--data <dir>', 'where the database and the keys lie').env('WEIR_DATA').default('.weir'),
    )
    .addOption(
      new Option('--database-url <url>', 'the store’s Postgres database, postgres://…, if it is in one')
        .env('WEIR_DATABASE_URL')
        .argParser(postgresUrl),
    )
}

export function storePlace({ data, databaseUrl }: StoreSettings): StorePlace {
  return databaseUrl === undefined ? { file: join(data, 'weir.db') } : { url: databaseUrl }
}
