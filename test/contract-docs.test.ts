import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

import { readContract } from '../src/core/contract/read-contract.ts'
import { schemaFile } from './generate-contract-schema.ts'

const page = readFileSync(new URL('../docs/contract.md', import.meta.url), 'utf8')

test('the smallest contract of the page loads', () => {
  const [, smallest = ''] = /```yaml\n(weir: 1\n.*?)```/s.exec(page) ?? []
  expect(readContract(smallest, 'smallest.yaml', () => undefined)).toMatchObject({ ok: true })
})

test('the page tells of every key', () => {
  const keys = new Set<string>()
  const walk = (schema: unknown): void => {
    if (typeof schema !== 'object' || schema === null) return
    const { properties } = schema as { properties?: object }
    for (const key of Object.keys(properties ?? {})) keys.add(key)
    for (const value of Object.values(schema)) walk(value)
  }
  walk(JSON.parse(readFileSync(schemaFile, 'utf8')))
  // Days stand there as the row `mon` … `sun`.
  for (const day of ['tue', 'wed', 'thu', 'fri', 'sat']) keys.delete(day)
  expect([...keys].filter(key => !new RegExp(`\\b${key}\\b`).test(page))).toEqual([])
})
