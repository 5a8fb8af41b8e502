import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore, readStore } from './open-store.ts'
import { addOrganization, findOrganization } from './organizations.ts'

let directory: string
let file: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'weir-read-'))
  file = join(directory, 'weir.db')
})
afterEach(() => rmSync(directory, { recursive: true }))

const organization = { id: 'org_1', name: 'Acme', billing: {}, eligibility: undefined, createdMs: 1 }

test('a store that is read cannot be written, and stays byte for byte', async () => {
  const store = await openStore({ file })
  await addOrganization(store.db, organization)
  await store.close()
  const before = readFileSync(file)
  expect(await readStore({ file }, db => findOrganization(db, 'org_1'))).toEqual(organization)
  await expect(
    readStore({ file }, db => addOrganization(db, { ...organization, id: 'org_2' })),
  ).rejects.toThrow('readonly')
  expect(readFileSync(file)).toEqual(before)
})

test('it is read as it stood at one instant, beside a writer that goes on', async () => {
  const store = await openStore({ file })
  await addOrganization(store.db, organization)
  const found = await readStore({ file }, async db => {
    const first = await findOrganization(db, 'org_1')
    await addOrganization(store.db, { ...organization, id: 'org_2' })
    return [first?.id, await findOrganization(db, 'org_2')]
  })
  expect(found).toEqual(['org_1', undefined])
  expect(await findOrganization(store.db, 'org_2')).toBeDefined()
  await store.close()
})

test('a database of an older or newer Weir is neither migrated nor guessed at', async () => {
  new DatabaseSync(file).close()
  await expect(readStore({ file }, async () => undefined)).rejects.toThrow('an older Weir made it')
  const store = await openStore({ file })
  await sql`insert into kysely_migration (name, timestamp) values ('9999-later', '')`.execute(store.db)
  await store.close()
  await expect(readStore({ file }, async () => undefined)).rejects.toThrow('newer Weir')
})
