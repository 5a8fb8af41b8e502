import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type PrivatePostgres, startPrivatePostgres } from '../../test/private-postgres.ts'
import { type StorePlace, openDatabase, openStore, readStore } from './open-store.ts'
import { addOrganization, findOrganization, listOrganizations } from './organizations.ts'

const directory = mkdtempSync(join(tmpdir(), 'weir-read-'))
let postgres: PrivatePostgres
beforeAll(async () => {
  postgres = await startPrivatePostgres()
})
afterAll(async () => {
  await postgres.stop()
  rmSync(directory, { recursive: true })
})

const organization = { id: 'org_1', name: 'Acme', billing: {}, eligibility: undefined, createdMs: 1 }

let made = 0
const places: [name: string, place: () => Promise<StorePlace>, refusal: RegExp][] = [
  ['SQLite', async () => ({ file: join(directory, `${made++}.db`) }), /readonly/],
  ['Postgres', async () => ({ url: await postgres.createDatabase() }), /read-only transaction/],
]
describe.each(places)('%s: a store that is read', (_, newPlace, refusal) => {
  let place: StorePlace
  beforeEach(async () => {
    place = await newPlace()
  })

  test('cannot be written, and stays as it was', async () => {
    const store = await openStore(place)
    await addOrganization(store.db, organization)
    await store.close()
    const before = 'file' in place ? readFileSync(place.file) : undefined
    expect(await readStore(place, db => findOrganization(db, 'org_1'))).toEqual(organization)
    const writing = readStore(place, db => addOrganization(db, { ...organization, id: 'org_2' }))
    await expect(writing).rejects.toThrow(refusal)
    const all = await readStore(place, db => listOrganizations(db, { limit: 9, after: undefined }))
    expect(all).toEqual([organization])
    if ('file' in place) expect(readFileSync(place.file)).toEqual(before)
  })

  test('is read as it stood at one instant, beside a writer that goes on', async () => {
    const store = await openStore(place)
    await addOrganization(store.db, organization)
    const found = await readStore(place, async db => {
      const first = await findOrganization(db, 'org_1')
      await addOrganization(store.db, { ...organization, id: 'org_2' })
      return [first?.id, await findOrganization(db, 'org_2')]
    })
    expect(found).toEqual(['org_1', undefined])
    expect(await findOrganization(store.db, 'org_2')).toBeDefined()
    await store.close()
  })

  test('is neither migrated nor guessed at if an older or a newer Weir made it', async () => {
    const empty = openDatabase(place)
    await sql`select 1`.execute(empty)
    await empty.destroy()
    await expect(readStore(place, async () => undefined)).rejects.toThrow('an older Weir made it')
    const store = await openStore(place)
    await sql`insert into kysely_migration (name, timestamp) values ('9999-later', '')`.execute(store.db)
    await store.close()
    await expect(readStore(place, async () => undefined)).rejects.toThrow('newer Weir')
  })
})
