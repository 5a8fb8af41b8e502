import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type WeirProcess, startProcess } from '../e2e/process.ts'

/** What all nodes on one database are given, as their operator gives it. */
export interface Cluster {
  readonly folder: string
  readonly databaseUrl: string
  readonly secretKey: string
  readonly operatorToken: string
  readonly evidenceKey: string
}

export function newCluster(folder: string, databaseUrl: string): Cluster {
  mkdirSync(folder, { recursive: true })
  const [secretKey, evidenceKey] = [randomBytes(32), randomBytes(32)].map(key => key.toString('base64'))
  const operatorToken = randomBytes(24).toString('hex')
  return { folder, databaseUrl, secretKey: secretKey!, operatorToken, evidenceKey: evidenceKey! }
}

/** A node as a process of its own, with a data directory of its own. */
export function startNode(
  cluster: Cluster,
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): WeirProcess {
  const ports = ['--port', '0', '--control-port', '0', '--threads', '1', '--counters', '65536']
  return startProcess(['serve', '--data', join(cluster.folder, name), ...ports, ...args], {
    WEIR_DATABASE_URL: cluster.databaseUrl,
    WEIR_SECRET_KEY: cluster.secretKey,
    WEIR_OPERATOR_TOKEN: cluster.operatorToken,
    WEIR_EVIDENCE_KEY: cluster.evidenceKey,
    ...env,
  })
}

/** The address of its control port, once it serves. */
export async function controlOf(node: WeirProcess): Promise<string> {
  const [, control] = await node.shows(/"control":"([^"]+)"/)
  return control!
}

interface Answer<T> {
  readonly status: number
  readonly replayed: boolean
  readonly body: T
}

/** Asks the control API of a node as the operator. */
export async function ask<T = Record<string, unknown>>(
  control: string,
  cluster: Pick<Cluster, 'operatorToken'>,
  [method, path]: readonly [string, string],
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  const response = await fetch(control + path, {
    method,
    headers: {
      authorization: `Bearer ${cluster.operatorToken}`,
      'content-type': 'application/json',
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const replayed = response.headers.get('idempotency-replayed') === 'true'
  return { status: response.status, replayed, body: (await response.json()) as T }
}
