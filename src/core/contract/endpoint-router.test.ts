import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { Endpoint } from './contract.ts'
import { createEndpointRouter, type RouteMatch } from './endpoint-router.ts'
import { parseEndpointText } from './endpoint-text.ts'

function endpoint(name: string, text: string): Endpoint {
  const parsed = parseEndpointText(text)
  if (!parsed.ok) throw new Error(parsed.problem)
  return { name, ...parsed.endpoint }
}

function routerOf(endpoints: Record<string, string>, unmatched?: string) {
  const list = Object.entries(endpoints).map(([name, text]) => endpoint(name, text))
  const router = createEndpointRouter({ endpoints: list, unmatched })
  return (method: string, path: string, upgrade = false) => shown(router.match(method, path, upgrade))
}

/** An endpoint's name, or the kind. */
function shown(match: RouteMatch): string {
  if (match.kind === 'endpoint') return match.endpoint.name
  return match.kind === 'method-not-allowed' ? `allow ${match.allow.join(' ')}` : match.kind
}

const chat = routerOf({
  Connect: 'GET /connect (websocket)',
  GetApp: 'GET /app',
  Users: 'GET /users',
  Upsert: 'POST /users',
  Me: 'GET /users/me',
  User: 'GET /users/{id}',
  Posts: 'GET /users/{id}/posts',
  MeSettings: 'PUT /users/me/settings',
  Compare: 'GET /compare/{base}...{head}',
  Json: 'GET /files/{name}.json',
  TarJson: 'GET /files/{name}.tar.json',
  File: 'GET /files/{name}',
  Cancel: 'POST /things/{id}:cancel',
  Slash: 'GET /dir/',
  Exists: 'HEAD /exists/{id}',
})

describe('an endpoint is found by method and path', () => {
  test.each([
    ['GET', '/app', 'GetApp'],
    ['HEAD', '/app', 'GetApp'],
    ['POST', '/users', 'Upsert'],
    ['GET', '/users/me', 'Me'],
    ['GET', '/users/you', 'User'],
    // The literal `me` has no posts: the search goes back and takes the template.
    ['GET', '/users/me/posts', 'Posts'],
    ['PUT', '/users/me/settings', 'MeSettings'],
    ['GET', '/compare/main...next', 'Compare'],
    ['GET', '/compare/main..next', 'unmatched'],
    ['GET', '/compare/...next', 'unmatched'],
    ['GET', '/files/a.json', 'Json'],
    ['GET', '/files/a.tar.json', 'TarJson'],
    ['GET', '/files/.json', 'File'],
    ['GET', '/files/a.txt', 'File'],
    ['POST', '/things/7:cancel', 'Cancel'],
    ['POST', '/things/7%3Acancel', 'Cancel'],
    ['POST', '/things/:cancel', 'unmatched'],
    ['GET', '/dir/', 'Slash'],
    ['GET', '/dir', 'unmatched'],
    ['HEAD', '/exists/1', 'Exists'],
    ['GET', '/exists/1', 'allow HEAD'],
  ])('%s %s is %s', (method, path, expected) => {
    expect(chat(method, path)).toBe(expected)
  })

  test('a parameter never stands for nothing', () => {
    expect(chat('GET', '/users/')).toBe('unmatched')
    expect(chat('GET', '/users//posts')).toBe('unmatched')
    expect(chat('GET', '//app')).toBe('unmatched')
  })

  test('another method on a known path is told which ones there are', () => {
    expect(chat('DELETE', '/users')).toBe('allow GET HEAD POST')
    expect(chat('DELETE', '/users/me')).toBe('allow GET HEAD')
    expect(chat('DELETE', '/nowhere')).toBe('unmatched')
  })

  test('the limits can always be read, and only read', () => {
    expect(chat('GET', '/rate_limits')).toBe('rate-limits')
    expect(chat('HEAD', '/api/v2/rate_limits')).toBe('rate-limits')
    expect(chat('POST', '/rate_limits')).toBe('allow GET HEAD')
    expect(routerOf({ Any: 'GET /{any}' })('GET', '/rate_limits')).toBe('rate-limits')
  })

  test('a name for unmatched requests takes all that reach no endpoint', () => {
    const open = routerOf({ GetApp: 'GET /app', Connect: 'GET /connect (websocket)' }, 'Other')
    expect(open('DELETE', '/app')).toBe('unmatched')
    expect(open('GET', '/connect')).toBe('unmatched')
    expect(open('GET', '/app')).toBe('GetApp')
    expect(open('GET', '/../app')).toBe('malformed')
  })
})

describe('an upgrade and a plain request never take each other’s endpoint', () => {
  test.each([
    ['GET', '/connect', true, 'Connect'],
    ['GET', '/connect', false, 'upgrade-required'],
    ['HEAD', '/connect', false, 'upgrade-required'],
    ['POST', '/connect', false, 'allow GET HEAD'],
    ['GET', '/app', true, 'unmatched'],
    ['GET', '/rate_limits', true, 'unmatched'],
    ['GET', '/things/1:cancel', true, 'allow POST'],
  ])('%s %s, upgrade %s, is %s', (method, path, upgrade, expected) => {
    expect(chat(method, path, upgrade)).toBe(expected)
  })

  test('the same path may hold both', () => {
    const both = routerOf({ Read: 'GET /feed', Watch: 'GET /feed (websocket)' })
    expect([both('GET', '/feed'), both('GET', '/feed', true)]).toEqual(['Read', 'Watch'])
  })
})

describe('a path that an upstream could read as another is refused', () => {
  test.each([
    '/./app',
    '/users/..',
    '/users/../app',
    '/users/%2e%2E/app',
    '/users/.%2e',
    '/users/..;x/app',
    '/users/a%00',
    '/users/a%0d%0aX',
    '/users/%7f',
    '/users/a\\b',
    '/users/a%5Cb',
    '/users/%',
    '/users/%4',
    '/users/%zz',
    '/users/a\u0001',
    '/users/a b',
    '/users/ä',
    '/users/a#b',
    '/users/a?b',
    'http://elsewhere/app',
    'app',
    '',
    '*',
  ])('%j', path => {
    expect(chat('GET', path)).toBe('malformed')
  })

  test('what is encoded without need is compared decoded, and an encoded slash stays data', () => {
    expect(chat('GET', '/%61pp')).toBe('GetApp')
    expect(chat('GET', '/users/%6de')).toBe('Me')
    expect(chat('GET', '/users/me%2Fposts')).toBe('User')
    expect(chat('GET', '/users%2Fme')).toBe('unmatched')
    expect(chat('GET', '/users/%C3%A4')).toBe('User')
    expect(chat('GET', '/users/a...b')).toBe('User')
    expect(chat('GET', '/users/...')).toBe('User')
  })
})

describe('the router agrees with a slow and obvious one', () => {
  const literals = ['a', 'b', 'ab', 'a.b', 'x:y']
  const templates = ['{p}', '{p}.b', 'a{p}', '{p}:y', '{p}.{q}', 'a.{p}']
  const segment = fc.constantFrom(...literals, ...templates)
  const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map(segments => {
    // Parameter names must differ within a path; the slow matcher takes any.
    let count = 0
    return `/${segments.join('/').replaceAll(/\{[pq]\}/g, () => `{p${(count += 1)}}`)}`
  })
  const declared = fc.record({
    method: fc.constantFrom('GET', 'POST'),
    path,
    websocket: fc.boolean(),
  })
  const requested = fc
    .array(fc.constantFrom(...literals, 'c', '', 'b.b', '7:y', '%61', 'a%2Fb', 'a.a.b'), {
      minLength: 1,
      maxLength: 4,
    })
    .map(segments => `/${segments.join('/')}`)

  test('on any set of endpoints and any request', () => {
    fc.assert(
      fc.property(
        fc.array(declared, { maxLength: 12 }),
        fc.constantFrom('GET', 'POST', 'HEAD', 'PUT'),
        fc.array(requested, { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        (candidates, method, paths, upgrade) => {
          const endpoints = distinct(candidates)
          const router = createEndpointRouter({ endpoints, unmatched: undefined })
          for (const target of paths) {
            const match = router.match(method, target, upgrade)
            const expected = slowMatch(endpoints, method, target, upgrade)
            expect(match.kind === 'endpoint' ? match.endpoint.name : undefined, target).toBe(expected)
          }
        },
      ),
      { numRuns: 400 },
    )
  })
})

function distinct(candidates: { method: string; path: string; websocket: boolean }[]): Endpoint[] {
  const byShape = new Map<string, Endpoint>()
  for (const { method, path: at, websocket } of candidates) {
    const verb = websocket ? 'GET' : method
    const shape = `${verb} ${websocket} ${at.replaceAll(/\{\w+\}/g, '{}')}`
    if (!byShape.has(shape))
      byShape.set(shape, { name: shape, method: verb, path: at, websocket, token: true })
  }
  return [...byShape.values()]
}

/** All that match, then the best by its segments: literal, part, parameter. */
function slowMatch(
  endpoints: Endpoint[],
  method: string,
  target: string,
  upgrade: boolean,
): string | undefined {
  const segments = target.split('/').map(part => part.replaceAll('%61', 'a'))
  const verb = method === 'HEAD' ? 'GET' : method
  const matching = endpoints.filter(candidate => {
    if (candidate.websocket !== upgrade || candidate.method !== verb) return false
    if (upgrade && method !== 'GET') return false
    const parts = candidate.path.split('/')
    return (
      parts.length === segments.length &&
      parts.every((part, index) => asRegex(part).test(segments[index] ?? ''))
    )
  })
  return matching.toSorted((a, b) => compareRanks(ranks(a.path), ranks(b.path)))[0]?.name
}

function asRegex(part: string): RegExp {
  const source = part
    .split(/\{\w+\}/)
    .map(text => RegExp.escape(text))
    .join('.+')
  return new RegExp(`^${source}$`)
}

/** One sortable text a segment: kind, then more fixed characters first, then the texts. */
function ranks(at: string): string[] {
  return at.split('/').map(part => {
    const shape = part.replaceAll(/\{\w+\}/g, '{}')
    if (!shape.includes('{}')) return '0'
    if (shape === '{}') return '2'
    return `1 ${99 - shape.replaceAll('{}', '').length} ${shape}`
  })
}

function compareRanks(a: string[], b: string[]): number {
  const index = a.findIndex((rank, at) => rank !== b[at])
  return index === -1 ? 0 : (a[index] ?? '') < (b[index] ?? '') ? -1 : 1
}
