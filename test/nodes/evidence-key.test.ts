import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { addEvidence } from '../../src/store/evidence.ts'
import { openStore } from '../../src/store/open-store.ts'
import { chatContract } from '../e2e/harness.ts'
import type { WeirProcess } from '../e2e/process.ts'
import { type PrivatePostgres, startPrivatePostgres } from '../private-postgres.ts'
import { type Cluster, controlOf, newCluster, startNode } from './node-process.ts'

let folder: string
let contract: string
let postgres: PrivatePostgres
let cluster: Cluster
let clusters = 0
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-evidence-key-'))
  contract = join(folder, 'contract.yaml')
  writeFileSync(contract, chatContract)
  postgres = await startPrivatePostgres()
})
afterAll(async () => {
  await postgres.stop()
  rmSync(folder, { recursive: true })
})
beforeEach(async () => {
  cluster = newCluster(join(folder, `nodes-${clusters++}`), await postgres.createDatabase())
})

/** A node of role `all` that was given the sealing key, and no key of evidence unless one is named. */
const start = (name: string, key = '') =>
  startNode(cluster, name, ['--contract', contract, '--upstream', 'http://127.0.0.1:9'], {
    WEIR_EVIDENCE_KEY: key,
  })
const published = async (node: WeirProcess) => {
  const answer = await fetch(`${await controlOf(node)}/status/evidence-key`)
  return ((await answer.json()) as { publicKey: string }).publicKey
}
const warns = 'the evidence key of this node is another'

it('of nodes that start at once on one Postgres one makes the key of evidence, and all sign with it', async () => {
  const nodes = ['a', 'b'].map(name => start(name))
  const keys = await Promise.all(nodes.map(published))
  expect(keys[0]).toBe(keys[1])
  const kept = ['a', 'b'].filter(name => existsSync(join(cluster.folder, name, 'evidence-key')))
  expect(kept).toHaveLength(1)
  await Promise.all(nodes.map(node => node.end()))

  const later = start('c')
  expect(await published(later)).toBe(keys[0])
  expect(later.stdout()).toContain('the evidence key is the one of the nodes')
  await later.end()
})

it('a key that a node is given is the one of those that were given none, and the log says that they differed', async () => {
  const first = start('a')
  const old = await published(first)
  const given = Buffer.alloc(32, 9).toString('base64')
  const second = start('b', given)
  const mine = await published(second)
  expect(mine).not.toBe(old)
  expect(second.stdout()).toContain(warns)
  const third = start('c')
  expect(await published(third)).toBe(mine)
  const again = start('d', given)
  expect(await published(again)).toBe(mine)
  expect(again.stdout()).not.toContain(warns)
  await Promise.all([first, second, third, again].map(node => node.end()))
})

it('a key that is gone, and signed before nodes shared it, is not replaced in silence', async () => {
  const seeded = start('a')
  await controlOf(seeded)
  await seeded.end()
  const store = await openStore({ url: cluster.databaseUrl })
  await addEvidence(store.db, {
    organizationId: 'org_1',
    month: '2026-10',
    file: Uint8Array.of(1),
    head: 'h',
    signature: 's',
    createdMs: 0,
    totalsId: undefined,
  })
  await store.db.deleteFrom('shared_evidence_key').execute()
  await store.close()
  const lost = start('b')
  expect(await lost.ended).toBe(1)
  expect(lost.stderr()).toContain('evidence-key is gone, and evidence was signed with it')
})
