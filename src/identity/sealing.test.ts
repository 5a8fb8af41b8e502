import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { operatorToken } from './operator-token.ts'
import { openSealer } from './sealing.ts'

let directory: string
let dataDir: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'weir-identity-'))
  dataDir = join(directory, 'data')
})
afterEach(() => rmSync(directory, { recursive: true }))

const key = Buffer.alloc(32, 7).toString('base64')
const posix = test.skipIf(process.platform === 'win32')

test('any text opens again in its own context, and is not to be seen in what was sealed', () => {
  const sealer = openSealer({ dataDir, env: { WEIR_SECRET_KEY: key } })
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 4 }), fc.string(), (text, context) => {
      const sealed = sealer.seal(text, context)
      expect(sealer.open(sealed, context)).toBe(text)
      expect(Buffer.from(sealed).includes(text)).toBe(false)
    }),
  )
})

test('the same text is never sealed the same way twice', () => {
  const sealer = openSealer({ dataDir, env: { WEIR_SECRET_KEY: key } })
  expect(sealer.seal('text', 'c')).not.toEqual(sealer.seal('text', 'c'))
})

test('a sealed text does not open elsewhere, nor when any bit of it was changed', () => {
  const sealer = openSealer({ dataDir, env: { WEIR_SECRET_KEY: key } })
  const sealed = sealer.seal('text', 'app:1')
  expect(() => sealer.open(sealed, 'app:2')).toThrow(/was changed, or belongs elsewhere/)
  for (let at = 0; at < sealed.length; at++) {
    const changed = Uint8Array.from(sealed, (byte, index) => (index === at ? byte ^ 1 : byte))
    expect(() => sealer.open(changed, 'app:1')).toThrow()
  }
  expect(() => sealer.open(sealed.subarray(0, 20), 'app:1')).toThrow(/no sealed text/)
})

test('another key says that it is another, and what to do', () => {
  const sealed = openSealer({ dataDir, env: { WEIR_SECRET_KEY: key } }).seal('text', 'c')
  const other = openSealer({ dataDir, env: {} })
  expect(() => other.open(sealed, 'c')).toThrow(
    /sealed with another key .*Set WEIR_SECRET_KEY .*put back the file/,
  )
})

test('the key is made once, and the next start opens what the first one sealed', () => {
  const sealed = openSealer({ dataDir, env: {} }).seal('text', 'c')
  expect(openSealer({ dataDir, env: {} }).open(sealed, 'c')).toBe('text')
  expect(readdirSync(dataDir)).toEqual(['secret-key'])
})

test.each(['short', Buffer.alloc(31).toString('base64'), Buffer.alloc(33).toString('base64')])(
  'the key %j is refused with the command that makes one',
  wrong => {
    expect(() => openSealer({ dataDir, env: { WEIR_SECRET_KEY: wrong } })).toThrow(
      /WEIR_SECRET_KEY must be the base64 of 32 bytes.*openssl rand/,
    )
  },
)

posix('the files are for their owner alone, and one that is not is warned of', () => {
  openSealer({ dataDir, env: {} })
  const { created, warning } = operatorToken({ dataDir, env: {} })
  expect([created, warning]).toEqual([true, undefined])
  expect(statSync(dataDir).mode & 0o777).toBe(0o700)
  for (const name of readdirSync(dataDir)) {
    const file = join(dataDir, name)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    chmodSync(file, 0o644)
  }
  expect(openSealer({ dataDir, env: {} }).warning).toMatch(/secret-key can be read by others.*chmod 600/)
  expect(operatorToken({ dataDir, env: {} }).warning).toMatch(/operator-token can be read by others/)
})

test('the operator’s token is made once, and the environment’s own goes before it', () => {
  const first = operatorToken({ dataDir, env: {} })
  const second = operatorToken({ dataDir, env: {} })
  expect(second).toEqual({ token: first.token, created: false, warning: undefined })
  expect(readFileSync(join(dataDir, 'operator-token'), 'utf8')).toBe(`${first.token}\n`)
  const given = operatorToken({ dataDir, env: { WEIR_OPERATOR_TOKEN: '0123456789abcdef' } })
  expect(given).toEqual({ token: '0123456789abcdef', created: false, warning: undefined })
})

test('an operator’s token that is too short, or no header could carry, is refused', () => {
  const token = (text: string) => () => operatorToken({ dataDir, env: { WEIR_OPERATOR_TOKEN: text } })
  expect(token('0123456789abcde')).toThrow(/at least 16 characters, but it has 15/)
  expect(token('0123456789 abcdef')).toThrow(/visible ASCII/)
  operatorToken({ dataDir, env: {} })
  writeFileSync(join(dataDir, 'operator-token'), '\n')
  expect(() => operatorToken({ dataDir, env: {} })).toThrow(/operator-token must have at least 16/)
})
