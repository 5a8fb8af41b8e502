import { readFileSync } from 'node:fs'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { createApi } from './api.ts'
import * as bodies from './bodies.ts'
import { openDatabase } from './database.ts'
import { openapi, operations } from './harness.ts'
import { createSockets } from './sockets.ts'

const bodySchemas: Record<string, z.ZodType> = {
  UpsertUsers: bodies.upsertUsers,
  QueryChannels: bodies.queryChannels,
  GetOrCreateChannel: bodies.getOrCreateChannel,
  SendMessage: bodies.sendMessage,
  SendEvent: bodies.sendEvent,
  MarkRead: bodies.markRead,
}

describe('openapi.yaml', () => {
  test('has the operations that the server answers, and no other', () => {
    const chat = { db: openDatabase(':memory:'), sockets: createSockets() }
    const { routes } = createApi(chat, undefined, pino({ level: 'silent' }))
    chat.db.close()
    const served = routes
      .filter(route => route.method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
    expect(new Set(operations.map(({ method, path }) => `${method} ${path}`))).toEqual(new Set(served))
  })

  test('has the endpoints of the contract under their names', () => {
    const contract = z
      .object({ endpoints: z.record(z.string(), z.string()) })
      .parse(parse(readFileSync(new URL('../../contracts/chat.yaml', import.meta.url), 'utf8')))
    const endpoints = operations.map(({ operationId, method, path }) => [operationId, `${method} ${path}`])
    const named = Object.entries(contract.endpoints).map(([name, route]) => [
      name,
      route.replace(' (websocket)', ''),
    ])
    expect(Object.fromEntries(endpoints)).toEqual(Object.fromEntries(named))
  })

  test('has a body exactly where the server reads one', () => {
    const withBody = operations.filter(each => each.requestBody !== undefined).map(each => each.operationId)
    expect(new Set(withBody)).toEqual(new Set(Object.keys(bodySchemas)))
  })

  test.each(Object.entries(bodySchemas))(
    'describes the body of %s as the server checks it',
    (name, schema) => {
      const found = operations.find(each => each.operationId === name)
      const documented = found?.requestBody?.content['application/json']?.schema
      expect(plain(documented)).toEqual(plain(z.toJSONSchema(schema, { io: 'input' })))
    },
  )

  test.each([
    ['QueryUsers', bodies.queryUsers],
    ['Search', bodies.search],
  ])('has the query of %s as the server checks it', (name, schema) => {
    const found = operations.find(each => each.operationId === name)
    const documented = found?.parameters.map(each => [each.name, each.required])
    const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' })
    expect(documented).toEqual(Object.keys(properties).map(key => [key, required.includes(key)]))
  })
})

/** A schema without what does not decide (words, and two ways to say "anything"), references filled in. */
function plain(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(plain)
  if (typeof schema !== 'object' || schema === null) return schema
  if ('$ref' in schema) return plain(String(schema.$ref).slice(2).split('/').reduce(step, openapi))
  const deciding = Object.entries(schema).filter(([key]) => key !== '$schema' && key !== 'description')
  return Object.fromEntries(
    deciding.map(([key, value]) => [key, isAnything(key, value) ? true : plain(value)]),
  )
}

function isAnything(key: string, value: unknown): boolean {
  return key === 'additionalProperties' && JSON.stringify(value) === '{}'
}

function step(at: unknown, key: string): unknown {
  return typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined
}
