import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

import { createEndpointRouter } from './endpoint-router.ts'
import { formatMistake } from './mistake.ts'
import { readContract } from './read-contract.ts'

const contract = (endpoints: string) => `
weir: 1
name: doc
currency: USD
identity: { apiKey: { header: key }, token: none }
platforms: { all: { default: true } }
limits: { app: { default: 5 } }
endpoints: ${endpoints}
`
const tricky = readFileSync(new URL('fixtures/tricky.yaml', import.meta.url), 'utf8')

function readWith(documents: Record<string, string>, endpoints = '{ openapi: api.yaml }') {
  return readContract(contract(endpoints), 'contract.yaml', name => documents[name])
}

function mistakesOf(document: string, endpoints?: string): string[] {
  const result = readWith({ 'api.yaml': document }, endpoints)
  return result.ok ? [] : result.mistakes.map(formatMistake)
}

const operations = (paths: string) => `{\n "openapi": "3.0.3",\n "paths": {\n${paths}\n }\n}`

describe('an OpenAPI document names the endpoints', () => {
  const result = readWith({ 'api.yaml': tricky })
  if (!result.ok) throw new Error(result.mistakes.map(formatMistake).join('\n'))
  const router = createEndpointRouter(result.contract)

  test.each([
    ['GET', '/root/v2/repos/o/compare/main...next', 'repos-compare-commits'],
    ['GET', '/root/v2/files/a.json', 'files.json'],
    ['HEAD', '/root/v2/files/a.json', 'files.json'],
    ['POST', '/root/v2/things/7:cancel', 'POST--root-v2-things--id--cancel'],
    ['HEAD', '/root/v2/only-head', 'lives'],
    ['GET', '/root/v2/shared', 'shared-get'],
    ['DELETE', '/root/v2/by-ref', 'byRef'],
    ['PUT', '/uploads', 'upload'],
    ['POST', '/files/uploads', 'uploadMany'],
  ])('%s %s is %s', (method, path, name) => {
    expect(router.match(method, path, false)).toMatchObject({
      kind: 'endpoint',
      endpoint: { name, token: true },
    })
  })

  test('JSON is read like YAML, and own endpoints stand beside the document’s', () => {
    const document = operations('"/a": { "get": { "operationId": "getA" } }')
    const both = readWith({ 'api.json': document }, '{ openapi: [api.json], Own: GET /own }')
    expect(both).toMatchObject({ ok: true, contract: { endpoints: [{ name: 'Own' }, { name: 'getA' }] } })
  })
})

describe('a mistake in a document is shown where it stands in it', () => {
  test.each([
    ['swagger: "2.0"\npaths: {}', 'api.yaml:1:1: this is a Swagger 2 document; convert it to OpenAPI 3'],
    [
      'info: {}\nopenapi: 2.9.0',
      'api.yaml:2:1: expected an OpenAPI 3 document: `openapi: 3.1.0` or the like at its top',
    ],
    ['openapi: 3.1.0\npaths: {}', 'api.yaml:2:1: this OpenAPI document has no operation under `paths`'],
    ['{"openapi": "3.0.0",\n "paths": }', "api.yaml:2:11: this is not JSON: Unexpected token '}'"],
    [
      '{"openapi": "3.0.0"\n "paths": 1 }',
      "api.yaml:2:2: this is not JSON: Expected ',' or '}' after property value",
    ],
    ['{"openapi": "3.0.0', 'api.yaml:1:13: this is not JSON: Unterminated string'],
    ['{"openapi": tru}', 'api.yaml:1:13: this is not JSON: '],
    ['{"openapi": "3.0.0"', 'api.yaml:1:20: this is not JSON: '],
    ['openapi: [', 'api.yaml:1:11: this is not YAML: '],
    [
      'openapi: 3.1.0\npaths:\n  /a: { $ref: "other.yaml#/x" }',
      'api.yaml:3:3: `/a`: its $ref leads nowhere in this document; Weir follows only references within it',
    ],
    ['openapi: 3.1.0\npaths:\n  /{a: { get: {} }', 'api.yaml:3:3: `{` without `}` in the path `/{a`'],
    [
      'openapi: 3.1.0\nservers: [{ url: "https://x/{v}" }]\npaths:\n  /a: { get: {} }',
      'api.yaml:4:3: the server URL of `/a` has a variable without a default',
    ],
    [
      operations(
        '  "/a": { "get": { "operationId": "same" } },\n  "/b": {\n   "put": { "operationId": "same" } }',
      ),
      'api.yaml:6:13: the name `same` is taken on line 4; every endpoint needs its own',
    ],
    [
      operations(
        '  "/{a}": { "get": { "operationId": "one" } },\n  "/{b}": {\n   "get": { "operationId": "two" } }',
      ),
      'api.yaml:6:13: `two` matches the same requests as `one` on line 4; keep one of the two',
    ],
    [
      'openapi: 3.1.0\npaths:\n  /rate_limits: { get: { operationId: mine } }',
      'api.yaml:3:26: `GET /rate_limits` is always declared, as GetRateLimits; remove `mine`',
    ],
  ])('%#', (document, mistake) => {
    const [found = ''] = mistakesOf(document)
    expect(found.slice(0, mistake.length)).toBe(mistake)
  })

  test('an operation that an own endpoint stands for already names the line of the contract', () => {
    const document = operations('  "/own": { "get": { "operationId": "getOwn" } }')
    expect(mistakesOf(document, '{ openapi: api.yaml, Own: GET /own }')).toEqual([
      'api.yaml:4:22: `getOwn` matches the same requests as `Own` on line 8 of the contract; keep one of the two',
    ])
  })

  test('while a document cannot be read, no name is called undeclared', () => {
    const text = contract('{ openapi: gone.yaml }').replace('default: 5', 'default: 5, GetA: 9')
    const result = readContract(text, 'contract.yaml', () => undefined)
    expect(result.ok ? [] : result.mistakes.map(formatMistake)).toEqual([
      'contract.yaml:8:23: there is no readable file `gone.yaml` beside the contract',
    ])
  })

  test('aliases that stand for themselves, or for far too much, do no harm', () => {
    const bomb = [
      'a: &a [x, x]',
      ...'bcdefghijklmnopqrstuvwxyz'.split('').map((key, index) => {
        const before = String.fromCharCode(96 + index + 1)
        return `${key}: &${key} [${`*${before}, `.repeat(9)}*${before}]`
      }),
    ]
    expect(mistakesOf(`${bomb.join('\n')}\nopenapi: 3.1.0\npaths: { /a: { get: {} } }`)).toEqual([])
    expect(mistakesOf('openapi: 3.1.0\npaths: &p { /a: *p }')[0]).toContain('no operation')
  })
})
