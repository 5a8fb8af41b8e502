import { readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createEndpointRouter } from '../src/core/contract/endpoint-router.ts'
import { readContract } from '../src/core/contract/read-contract.ts'
import { chatContract } from './e2e/harness.ts'

const examples = dirname(createRequire(import.meta.url).resolve('@readme/oas-examples/package.json'))

/** Documents that say the same request twice, or say none: their mistakes are named, see below. */
const refused = ['parameters-style', 'parameters-common', 'webhooks']

/** chat.yaml with its endpoints taken from a document beside it, and without what names its own ones. */
const contract = chatContract
  .replace(/endpoints:[\s\S]*?unmatched:/, 'endpoints: { openapi: api.json }\nunmatched:')
  .replace(/( {2}app:.*\n {4}default: 1000\n)(?: {4}\w+: \d+\n)+/, '$1')
  .replace('connections: Connect', 'connections: none')
  .replaceAll(/, connections: \d+ \}/g, ' }')
  .replaceAll(/, connections: "[\d.]+"/g, '')
  .replace('SendMessage: 60000', '')

function documents(): [name: string, text: string][] {
  return ['3.0', '3.1'].flatMap(version => {
    const folder = join(examples, version, 'json')
    return readdirSync(folder)
      .filter(name => name.endsWith('.json'))
      .map((name): [string, string] => [`${version}/${name}`, readFileSync(join(folder, name), 'utf8')])
  })
}

/** What a reference within the document points to. */
function at(document: object, reference: string): object {
  const names = reference.slice(2).split('/')
  return names.reduce<object>(
    (node, name) => (node as Record<string, object>)[name.replaceAll('~1', '/').replaceAll('~0', '~')]!,
    document,
  )
}

const isRefused = (name: string) => refused.some(each => name.includes(each))

describe('OpenAPI documents that nobody here wrote', () => {
  it.each(documents().filter(([name]) => !isRefused(name)))(
    '%s: every operation is an endpoint',
    (_, text) => {
      const read = readContract(contract, 'contract.yaml', () => text)
      if (!read.ok) throw new Error(read.mistakes.map(({ message }) => message).join('\n'))
      const router = createEndpointRouter(read.contract)
      const document = JSON.parse(text) as { paths: Record<string, object> }
      const operations = Object.values(document.paths).flatMap(item =>
        Object.keys('$ref' in item ? at(document, String(item.$ref)) : item).filter(key =>
          /^(get|put|post|delete|patch|head|options)$/.test(key),
        ),
      )
      expect(read.contract.endpoints).toHaveLength(operations.length)
      for (const endpoint of read.contract.endpoints) {
        const path = endpoint.path.replaceAll(/\{[^}]+\}/g, 'x1')
        expect(router.match(endpoint.method, path, false)).toMatchObject({ kind: 'endpoint' })
      }
    },
  )

  it.each(documents().filter(([name]) => isRefused(name)))(
    '%s: is refused, and says where and why',
    (_, text) => {
      const read = readContract(contract, 'contract.yaml', () => text)
      expect(read.ok).toBe(false)
      if (!read.ok)
        expect(read.mistakes.every(({ line, message }) => line > 0 && message.length > 10)).toBe(true)
    },
  )
})
