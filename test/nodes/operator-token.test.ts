import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { chatContract } from '../e2e/harness.ts'
import type { WeirProcess } from '../e2e/process.ts'
import { type PrivatePostgres, startPrivatePostgres } from '../private-postgres.ts'
import { type Cluster, ask, controlOf, newCluster, startNode } from './node-process.ts'

let folder: string
let contract: string
let postgres: PrivatePostgres
let cluster: Cluster
let clusters = 0
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-token-'))
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

/** A node of role `all` that was given the sealing key, and no operator token unless one is named. */
const start = (name: string, token = '') =>
  startNode(cluster, name, ['--contract', contract], { WEIR_OPERATOR_TOKEN: token })
const shown = (node: WeirProcess) => /operator token, shown this once.*\n +(\S+)/.exec(node.stderr())?.[1]
const status = async (node: WeirProcess, operatorToken: string) =>
  (await ask(await controlOf(node), { operatorToken }, ['GET', '/api/organizations'])).status

it('of nodes that start at once on one Postgres one makes the operator token, and all answer to it', async () => {
  const nodes = ['a', 'b'].map(name => start(name))
  await Promise.all(nodes.map(controlOf))
  const tokens = nodes.map(shown).filter(token => token !== undefined)
  expect(tokens).toHaveLength(1)
  for (const node of nodes) expect(await status(node, tokens[0]!)).toBe(200)
  const others = nodes.filter(node => shown(node) === undefined)
  for (const node of others) expect(node.stdout()).toContain('the operator token is the one of the nodes')
  await Promise.all(nodes.map(node => node.end()))

  const later = start('c')
  expect(await status(later, tokens[0]!)).toBe(200)
  expect(shown(later)).toBeUndefined()
  await later.end()
})

it('a token that a node is given takes the place of the one before, and the log says that they differed', async () => {
  const first = start('a')
  await controlOf(first)
  const old = shown(first)!
  const given = 'wo_given-by-the-operator-0123456789'
  const second = start('b', given)
  expect([await status(second, given), await status(second, old)]).toEqual([200, 401])
  expect(second.stdout()).toContain('the operator token of this node is another')
  const third = start('c')
  expect([await status(third, given), await status(third, old)]).toEqual([200, 401])
  const again = start('d', given)
  await controlOf(again)
  expect(again.stdout()).not.toContain('the operator token of this node is another')
  await Promise.all([first, second, third, again].map(node => node.end()))
})
