import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chatContract, eventually, signToken, startUpstream, type TestUpstream } from '../e2e/harness.ts'
import { type WeirProcess, addressesOf } from '../e2e/process.ts'
import { type PrivatePostgres, startPrivatePostgres } from '../private-postgres.ts'
import { type Cluster, ask, controlOf, newCluster, startNode } from './node-process.ts'

let folder: string
let contract: string
let postgres: PrivatePostgres
let upstream: TestUpstream
let cluster: Cluster
let nodes: WeirProcess[]
let one: string
let other: string
let gateway: string
let gatewayControl: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-nodes-'))
  contract = join(folder, 'contract.yaml')
  writeFileSync(contract, chatContract)
  postgres = await startPrivatePostgres()
  upstream = await startUpstream()
  cluster = newCluster(join(folder, 'nodes'), await postgres.createDatabase())
  nodes = ['a', 'b'].map(name => startNode(cluster, name, ['--role', 'control', '--contract', contract]))
  ;[one, other] = (await Promise.all(nodes.map(controlOf))) as [string, string]
  nodes.push(startNode(cluster, 'gw', ['--role', 'gateway', '--upstream', upstream.url]))
  const addresses = await addressesOf(nodes[2]!)
  gateway = addresses.gateway
  gatewayControl = addresses.control
})

afterAll(async () => {
  await Promise.all(nodes.map(node => node.end()))
  await upstream.close()
  await postgres.stop()
  rmSync(folder, { recursive: true })
})

/** An organization made at `control`, with an app, and how to call its gateway. */
async function newApp(control: string) {
  const organization = await ask<{ id: string }>(control, cluster, ['POST', '/api/organizations'], {
    name: 'Acme',
    plan: 'start',
  })
  const app = await ask<{ id: string; apiKey: string; secret: string }>(
    control,
    cluster,
    ['POST', `/api/organizations/${organization.body.id}/apps`],
    { name: 'App' },
  )
  expect(app.status).toBe(201)
  const authorization = await signToken({ user_id: 'ann' }, app.body.secret)
  return { organizationId: organization.body.id, headers: { 'x-api-key': app.body.apiKey, authorization } }
}

async function statusOf(url: string, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(url, { headers: { ...headers, connection: 'close' } })
  await response.text()
  return response.status
}

/** The chat contract with one plan more. */
function withPlan(name: string): string {
  const plan = ['price: { monthly: "7.00" }', 'includes: { mau: 10, connections: 5 }', 'overage: none']
  const lines = [...plan, 'supportPlan: developer'].map(line => `    ${line}\n`).join('')
  return chatContract.replace(/^plans:\n/m, `plans:\n  ${name}:\n${lines}`)
}

const versionAt = async (control: string) =>
  (await ask<{ version: number }>(control, cluster, ['GET', '/api/contract'])).body.version

describe('nodes on one Postgres', () => {
  it('start together with one contract file and make one version of it', async () => {
    expect([await versionAt(one), await versionAt(other)]).toEqual([1, 1])
  })

  it('an organization, an app and a member made at one are at once at the other, and served within a second', async () => {
    const { organizationId, headers } = await newApp(one)
    expect((await ask(other, cluster, ['GET', `/api/organizations/${organizationId}`])).status).toBe(200)
    const member = { name: 'Ada', email: 'ada@example.com', role: 'operator' }
    const made = await ask<{ token: string }>(other, cluster, ['POST', '/api/members'], member)
    const asMember = { operatorToken: made.body.token }
    expect((await ask(one, asMember, ['GET', '/api/members'])).status).toBe(200)
    await eventually(
      () => statusOf(`${gateway}/app`, headers),
      status => status === 200,
      1000,
    )
  })

  it('a contract put into force at one is in force at the other and at the gateway within a second', async () => {
    const { headers } = await newApp(other)
    await eventually(
      () => statusOf(`${gateway}/app`, headers),
      status => status === 200,
      2000,
    )
    const yaml = withPlan('another')
    const put = await ask<{ version: number }>(one, cluster, ['PUT', '/api/contract'], { yaml })
    expect(put).toMatchObject({ status: 200, body: { version: 2 } })
    await eventually(
      () => versionAt(other),
      version => version === 2,
      1000,
    )
    await eventually(
      async () => nodes[2]!.stdout(),
      text => text.includes('another version of the contract holds'),
      1000,
    )
  })

  it('what one node takes is checked against what another has just put into force', async () => {
    // The other node has not looked yet when this comes: it reads the version in the transaction itself.
    const yaml = withPlan('brand-new')
    expect((await ask(one, cluster, ['PUT', '/api/contract'], { yaml })).status).toBe(200)
    const holder = { name: 'Newest', plan: 'brand-new' }
    expect((await ask(other, cluster, ['POST', '/api/organizations'], holder)).status).toBe(201)
    // And the plan that somebody now holds cannot be dropped, at the node that did not sell it either.
    const without = await ask(one, cluster, ['PUT', '/api/contract'], { yaml: chatContract })
    expect(without).toMatchObject({ status: 409, body: { code: 'conflict' } })
  })

  it('one idempotency key means one thing, whichever node is asked', async () => {
    const create = (control: string, key: string) =>
      ask<{ id: string }>(
        control,
        cluster,
        ['POST', '/api/organizations'],
        { name: 'Once', plan: 'start' },
        {
          'idempotency-key': key,
        },
      )
    const [first, again] = [await create(one, 'k1'), await create(other, 'k1')]
    expect(again).toMatchObject({ replayed: true, body: { id: first.body.id } })
    const together = await Promise.all([one, other, one, other].map(control => create(control, 'k2')))
    expect(new Set(together.map(({ body }) => body.id)).size).toBe(1)
  })

  it('a gateway has health and metrics, and no control API', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      expect(await statusOf(gatewayControl + path)).toBe(200)
    }
    const refused = await ask(gatewayControl, cluster, ['GET', '/api/organizations'])
    expect(refused).toMatchObject({
      status: 404,
      body: { detail: expect.stringContaining('Ask a control node') },
    })
    expect(nodes[2]!.stdout()).toContain('limits are counted by each gateway node for itself')
    expect(nodes[0]!.stdout()).not.toContain('"gateway":')
  })

  it('a node whose key does not open the store refuses to start, and says what to do', async () => {
    const key = { WEIR_SECRET_KEY: Buffer.alloc(32, 1).toString('base64') }
    const wrong = startNode(cluster, 'wrong', ['--role', 'control', '--contract', contract], key)
    expect(await wrong.ended).toBe(1)
    expect(wrong.stderr()).toContain('does not open what is in the database: set WEIR_SECRET_KEY')
    const without = startNode(cluster, 'without', ['--role', 'gateway'], { WEIR_SECRET_KEY: '' })
    expect(await without.ended).toBe(1)
    expect(without.stderr()).toContain('has to be given the keys that all nodes share: set WEIR_SECRET_KEY')
  })

  it('a control node without the key of evidence refuses to start, and says what to do', async () => {
    const unsigned = startNode(cluster, 'unsigned', ['--role', 'control'], { WEIR_EVIDENCE_KEY: '' })
    expect(await unsigned.ended).toBe(1)
    expect(unsigned.stderr()).toContain(
      'has to be given the keys that all nodes share: set WEIR_EVIDENCE_KEY',
    )
  })

  it('a role alone needs a store that can be shared', async () => {
    for (const role of ['gateway', 'control']) {
      const alone = startNode(cluster, 'alone', ['--role', role], { WEIR_DATABASE_URL: '' })
      expect(await alone.ended).toBe(1)
      expect(alone.stderr()).toContain(`--role ${role} needs a store that nodes share`)
    }
  })

  it('after a kill -9 of one the other goes on, and so does the gateway', async () => {
    expect(await nodes[0]!.end('SIGKILL')).toBe('SIGKILL')
    const { headers } = await newApp(other)
    await eventually(
      () => statusOf(`${gateway}/app`, headers),
      status => status === 200,
      2000,
    )
  })
})
