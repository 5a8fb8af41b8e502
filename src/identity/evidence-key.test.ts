import { createPublicKey, verify } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openEvidenceKey } from './evidence-key.ts'

let directory: string
let dataDir: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'weir-evidence-'))
  dataDir = join(directory, 'data')
})
afterEach(() => rmSync(directory, { recursive: true }))

const message = new TextEncoder().encode('a head')

test('the key is made once, readable by its owner alone, and is the same at the next start', () => {
  const first = openEvidenceKey({ dataDir, env: {} })
  const file = join(dataDir, 'evidence-key')
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(Buffer.from(readFileSync(file, 'utf8'), 'base64')).toHaveLength(32)
  expect(openEvidenceKey({ dataDir, env: {}, isUsed: true }).publicKey).toBe(first.publicKey)
})

test('RFC 8032, test 1: the seed has its public key and its signature', () => {
  const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex')
  const key = openEvidenceKey({ dataDir, env: { WEIR_EVIDENCE_KEY: seed.toString('base64') } })
  expect(Buffer.from(key.publicKey, 'base64url').toString('hex')).toBe(
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
  )
  expect(Buffer.from(key.sign(new Uint8Array())).toString('hex')).toBe(
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  )
})

test('what it signs, its public key verifies', () => {
  const key = openEvidenceKey({ dataDir, env: {} })
  const publicKey = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: key.publicKey },
    format: 'jwk',
  })
  expect(verify(null, message, publicKey, key.sign(message))).toBe(true)
})

test('salts are the same for the same text, others for another text or key', () => {
  const key = openEvidenceKey({ dataDir, env: {} })
  const other = openEvidenceKey({ dataDir: join(directory, 'other'), env: {} })
  expect(key.saltOf('a')).toMatch(/^[0-9a-f]{64}$/)
  expect(key.saltOf('a')).toBe(key.saltOf('a'))
  expect(new Set([key.saltOf('a'), key.saltOf('b'), other.saltOf('a')]).size).toBe(3)
})

test('a key that evidence was signed with, and is gone, is not replaced in silence', () => {
  expect(() => openEvidenceKey({ dataDir, env: {}, isUsed: true })).toThrow(
    /evidence-key is gone, and evidence was signed with it.*WEIR_EVIDENCE_KEY/,
  )
})

test('anything but 32 bytes is no key', () => {
  const env = { WEIR_EVIDENCE_KEY: Buffer.alloc(16).toString('base64') }
  expect(() => openEvidenceKey({ dataDir, env })).toThrow('WEIR_EVIDENCE_KEY must be the base64 of 32 bytes')
})
