import { Ajv2020 } from 'ajv/dist/2020.js'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

import { contractSchemaText, schemaFile } from './generate-contract-schema.ts'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(schemaFile, 'utf8')),
)

test('the schema that editors use is the one the reader checks by', async () => {
  expect(readFileSync(schemaFile, 'utf8')).toBe(await contractSchemaText())
})

test.each([
  '../contracts/chat.yaml',
  '../contracts/auth.yaml',
  '../src/core/contract/fixtures/every-key.yaml',
])('%s passes the schema', path => {
  validate(parse(read(path)))
  expect(validate.errors).toBeNull()
})

test.each([
  ['currency: USD', 'currency: US'],
  ['currency: USD', 'curency: USD'],
  ['timeoutMs: 10000', 'timeoutMs: 1.5'],
  ['Search: 300', 'Search: "300"'],
  ['monthly: "499.00"', 'monthly: 499.00'],
  ['form: accelerated, target: "99.95"', 'form: accelerated'],
])('a contract with a mistake does not: %s as %s', (from, to) => {
  const chat = read('../contracts/chat.yaml')
  expect(chat).toContain(from)
  expect(validate(parse(chat.replace(from, to)))).toBe(false)
})

test('every key is explained', () => {
  const unexplained: string[] = []
  const walk = (schema: unknown, path: string): void => {
    if (typeof schema !== 'object' || schema === null) return
    const { properties } = schema as { properties?: Readonly<Record<string, { description?: string }>> }
    for (const [name, property] of Object.entries(properties ?? {})) {
      if (property.description === undefined) unexplained.push(`${path}.${name}`)
    }
    for (const [key, value] of Object.entries(schema)) walk(value, `${path}.${key}`)
  }
  walk(JSON.parse(readFileSync(schemaFile, 'utf8')), '')
  expect(unexplained).toEqual([])
})
