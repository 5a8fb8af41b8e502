import { describe, expect, it } from 'vitest'
import { createTokenCache } from './token-cache.ts'

const facts = { server: false, user: 'ann', expiresAtMs: undefined }

describe('the token cache', () => {
  it('never answers past the token’s expiry', () => {
    const cache = createTokenCache(1000)
    cache.put('token', 'secret', { ...facts, expiresAtMs: 5000 })
    expect(cache.get('token', 'secret', 4999)).toBeDefined()
    expect(cache.get('token', 'secret', 5000)).toBeUndefined()
    expect(cache.get('token', 'secret', 4999)).toBeUndefined()
  })

  it('never answers for another secret than the token was checked with', () => {
    const cache = createTokenCache(1000)
    cache.put('token', 'secret', facts)
    expect(cache.get('token', 'another', 0)).toBeUndefined()
  })

  it('is bounded in characters; the oldest leave first', () => {
    const cache = createTokenCache(1000)
    for (let i = 0; i < 500; i++) cache.put(`token-${String(i).padStart(4, '0')}`, 's', facts)
    const known = Array.from({ length: 500 }, (_, i) => i).filter(i =>
      cache.get(`token-${String(i).padStart(4, '0')}`, 's', 0),
    )
    expect(known).toEqual(Array.from({ length: 100 }, (_, i) => 400 + i))
  })

  it('holds nothing larger than itself', () => {
    const cache = createTokenCache(10)
    cache.put('a-token-of-many-characters', 's', facts)
    expect(cache.get('a-token-of-many-characters', 's', 0)).toBeUndefined()
  })
})

it('a token whose key may have been withdrawn is asked about again', () => {
  const cache = createTokenCache<string>(1000)
  cache.put('token', 'secret', { ...facts, expiresAtMs: 9000, recheckAtMs: 5000 })
  expect(cache.get('token', 'secret', 4999)).toBeDefined()
  expect(cache.get('token', 'secret', 5000)).toBeUndefined()
})
