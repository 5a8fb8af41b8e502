import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import type { ServeSettings } from '../../src/commands/settings.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { Schema } from '../../src/store/schema.ts'
import { type TestWeir, startTestWeir } from '../e2e/harness.ts'
import { addSampleStatus, withGroups } from './sample-status.ts'

/** A whole Weir whose store holds the sample, and what `prepare` adds: put there before the start, as of this moment. */
export async function startSampleWeir(
  settings: Partial<ServeSettings> = {},
  prepare: (db: Kysely<Schema>, data: string) => Promise<void> = async () => undefined,
): Promise<TestWeir & { readonly data: string }> {
  const data = mkdtempSync(join(tmpdir(), 'weir-status-'))
  const store = await openStore({ file: join(data, 'weir.db') })
  await addSampleStatus(store.db, Date.now())
  await prepare(store.db, data)
  await store.close()
  const weir = await startTestWeir({
    upstream: 'http://127.0.0.1:9',
    contract: text => withGroups(text).replace('\nupstream:', PROVIDER),
    settings: { data, ...settings },
  })
  return {
    ...weir,
    data,
    async stop() {
      await weir.stop()
      rmSync(data, { recursive: true, force: true })
    },
  }
}

const PROVIDER = `
provider:
  legalName: Northwind Chat
  address: [1 Example Street, Dublin]
  country: IE

upstream:`
