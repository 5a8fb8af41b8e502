import { expect, test } from 'vitest'
import {
  credentialHash,
  newApiKey,
  newAppSecret,
  newId,
  newMemberToken,
  newOperatorToken,
  sameCredential,
} from './credentials.ts'

test('no two credentials are the same, and each fits into a header and a URL', () => {
  const makers = [newApiKey, newAppSecret, newMemberToken, newOperatorToken, () => newId('app')]
  for (const make of makers) {
    const made = Array.from({ length: 1000 }, make)
    expect(new Set(made).size).toBe(1000)
    for (const each of made) expect(encodeURIComponent(each)).toBe(each)
  }
})

test('an app’s secret holds 256 bits', () => {
  expect(Buffer.from(newAppSecret(), 'base64url')).toHaveLength(32)
})

test('an id says what it names', () => {
  expect(newId('org')).toMatch(/^org_[0-9a-f]{24}$/)
})

test('the hash is SHA-256 in hex', () => {
  expect(credentialHash('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

test.each([
  ['a', 'a', true],
  ['a', 'b', false],
  ['a', 'aa', false],
  ['', '', true],
  ['', 'a', false],
])('%j and %j are the same credential: %s', (one, other, same) => {
  expect(sameCredential(one, other)).toBe(same)
})
