import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { type Store, openStore } from '../src/store/open-store.ts'
import { type PrivatePostgres, startPrivatePostgres } from './private-postgres.ts'

export interface StoresOfTwoNodes {
  /** Gone when the tests of the file are over. */
  readonly directory: string
  /** A new file. A process has one store for a file, so both are the same. */
  sqlite(): Promise<[Store, Store]>
  /** A new database of a private Postgres, as two nodes have it open. */
  postgres(): Promise<[Store, Store]>
}

/** Empty stores for the tests of this file, on both databases; what they need starts before them and ends after. */
export function storesOfTwoNodes(): StoresOfTwoNodes {
  const directory = mkdtempSync(join(tmpdir(), 'weir-stores-'))
  let server: PrivatePostgres
  let made = 0
  beforeAll(async () => {
    server = await startPrivatePostgres()
  })
  afterAll(async () => {
    await server.stop()
    rmSync(directory, { recursive: true })
  })
  return {
    directory,
    async sqlite() {
      const store = await openStore({ file: join(directory, `${made++}.db`) })
      return [store, store]
    },
    async postgres() {
      const url = await server.createDatabase()
      return [await openStore({ url }), await openStore({ url })]
    },
  }
}
