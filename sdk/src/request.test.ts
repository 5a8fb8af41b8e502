import { describe, expect, it } from 'vitest'
import { type RequestOptions, prepareRequest } from './request.ts'

const base = { baseUrl: 'https://api.test/v2', headers: { 'x-client': 'ios' } }
const prepare = (path: string, options: RequestOptions = {}, method: 'GET' | 'POST' = 'POST') =>
  prepareRequest(base, method, path, options)

describe('a path', () => {
  it('is filled in, and nothing in a parameter leaves its segment', () => {
    const { url, endpoint } = prepare('/channels/{type}/{id}', { params: { type: 'a/b', id: '?#%.. é' } })
    expect(url).toBe('https://api.test/v2/channels/a%2Fb/%3F%23%25..%20%C3%A9')
    expect(endpoint).toBe('POST /channels/{type}/{id}')
  })

  it.each([
    ['/a/{b}', {}, /params\.b is missing/],
    ['/a/{b}', { params: { b: '..' } }, /cannot be "\.\."/],
    ['/a/{b}', { params: { b: '' } }, /cannot be ""/],
    ['/a', { params: { b: 1 } }, /no place for params\.b/],
    ['a', {}, /begins with "\/"/],
    ['/a', { querry: {} } as RequestOptions, /no option "querry"; it takes params, query/],
  ])('that cannot be meant is refused with what is wrong: %s %o', (path, options, message) => {
    expect(() => prepare(path, options)).toThrow(message)
  })
})

it('a query leaves out what is not there and repeats lists', () => {
  const query = { a: 'x y', b: [1, 2], c: null, d: undefined, e: false }
  expect(prepare('/a', { query }).url).toBe('https://api.test/v2/a?a=x+y&b=1&b=2&e=false')
  expect(prepare('/a?z=1', { query: { b: [] } }).url).toBe('https://api.test/v2/a?z=1')
  expect(prepare('/a?z=1', { query: { b: 2 } })).toMatchObject({
    url: 'https://api.test/v2/a?z=1&b=2',
    endpoint: 'POST /a',
  })
})

describe('a body', () => {
  it.each([
    [{ a: 1 }, '{"a":1}', 'application/json'],
    ['text', '"text"', 'application/json'],
    [null, 'null', 'application/json'],
    [new URLSearchParams('a=1'), undefined, null],
    [new Uint8Array([1]), undefined, null],
    [new Blob(['x']), undefined, null],
  ])('is JSON unless it has a form of its own: %o', (given, sent, type) => {
    const { body, headers, replayable } = prepare('/a', { body: given })
    expect(body).toBe(sent ?? given)
    expect(headers.get('content-type')).toBe(type)
    expect(replayable).toBe(true)
  })

  it('of text with a content-type is sent as it is', () => {
    const headers = { 'content-type': 'text/csv' }
    expect(prepare('/a', { body: 'a,b', headers }).body).toBe('a,b')
  })

  it('cannot be part of a GET', () => {
    expect(() => prepare('/a', { body: {} }, 'GET')).toThrow(/GET carries no body/)
  })
})

it('headers of the call win over those of the client', () => {
  const { headers } = prepare('/a', { headers: { 'X-Client': 'android' }, idempotencyKey: 'k' })
  expect(headers.get('x-client')).toBe('android')
  expect(headers.get('idempotency-key')).toBe('k')
})
