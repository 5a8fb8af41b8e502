import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'

import { type CheckSettings, runCheck } from './check.ts'

const folder = mkdtempSync(join(tmpdir(), 'weir-check-'))
afterAll(() => rmSync(folder, { recursive: true }))

function check(file: string, settings: CheckSettings = {}): { status: number; out: string; err: string } {
  const said = { out: '', err: '' }
  const status = runCheck(
    file,
    { out: text => (said.out += text), err: text => (said.err += text) },
    settings,
  )
  return { status, ...said }
}

function write(name: string, text: string | Uint8Array): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

const least = (endpoints: string) =>
  [
    'weir: 1',
    'name: least',
    'currency: USD',
    'identity: { apiKey: { header: key }, token: none }',
    'platforms: { all: { default: true } }',
    `endpoints: ${endpoints}`,
    'limits: { app: { default: 5 } }',
  ].join('\n')
const document = '{"openapi": "3.1.0", "paths": {"/a": {"get": {"operationId": "getA"}}}}'

describe('weir check', () => {
  test.each(['chat', 'auth'])('a good contract is described: %s', name => {
    const { status, out, err } = check(`contracts/${name}.yaml`)
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out.startsWith(`${name}: `)).toBe(true)
  })

  test('each mistake is a line that can be clicked, and they are counted', () => {
    const file = write('bad.yaml', least('{ Get: GET x }').replace('USD', 'usd'))
    expect(check(file)).toEqual({
      status: 1,
      out: '',
      err:
        `${file}:3:11: \`currency\`: expected a currency of three capital letters, such as \`USD\`; found "usd"\n` +
        `${file}:6:19: \`Get\`: the path \`x\` must start with \`/\`\n2 mistakes\n`,
    })
  })

  test('a document beside the contract is read, one elsewhere is not', () => {
    write('api.json', document)
    mkdirSync(join(folder, 'inner'))
    symlinkSync(join(folder, 'api.json'), join(folder, 'inner', 'link.json'))
    expect(check(write('good.yaml', least('{ openapi: api.json }'))).out).toContain('GET /a')
    const led = check(write('inner/led.yaml', least('{ openapi: link.json }')))
    expect(led.err).toContain(':6:23: there is no readable file `link.json` beside the contract\n1 mistake\n')
  })

  test('what cannot be read says why', () => {
    expect(check(join(folder, 'gone.yaml'))).toMatchObject({
      status: 1,
      err: expect.stringContaining('there is no file'),
    })
    expect(check(folder)).toMatchObject({ status: 1, err: expect.stringContaining('is not a file') })
    const binary = write('binary.yaml', Uint8Array.of(0xff, 0xfe, 0x00))
    expect(check(binary)).toMatchObject({ status: 1, err: expect.stringContaining('is not UTF-8 text') })
    const large = write('large.yaml', '#'.repeat(2 * 1024 * 1024 + 1))
    expect(check(large)).toMatchObject({ status: 1, err: expect.stringContaining('larger than 2 MiB') })
  })

  test('against another contract it says what changes for whom, and changes are no failure', () => {
    const old = write('old.yaml', least('{ Get: GET /x }'))
    const now = write('now.yaml', least('{ Get: GET /x, Put: PUT /x }').replace('default: 5', 'default: 9'))
    const { status, out, err } = check(now, { against: old })
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out).toBe(
      [
        '2 changes; for the customer 2 better, 0 worse, 0 neither.',
        '',
        'Every caller',
        '------------',
        '- better: Endpoints added: Put (PUT /x). At once.',
        '- better: Requests a minute per app, for Get and GetRateLimits: 9, was 5. At once.',
        '',
      ].join('\n'),
    )
    const { changes } = JSON.parse(check(now, { against: old, json: true }).out)
    expect(changes).toMatchObject([
      { before: null, after: 'Put (PUT /x)' },
      { before: '5', after: '9' },
    ])
    expect(check(old, { against: old })).toEqual({
      status: 0,
      out: 'Nothing changes: both contracts promise the same.\n',
      err: '',
    })
    expect(JSON.parse(check(old, { against: old, json: true }).out)).toEqual({ changes: [] })
  })

  test('mistakes of both contracts are shown, and JSON is for changes', () => {
    const good = write('good.yaml', least('{ Get: GET /x }'))
    const [one, other] = [write('one.yaml', 'weir: 2'), write('other.yaml', 'weir: 3')]
    const both = check(other, { against: one })
    expect(both).toMatchObject({ status: 1, out: '' })
    expect(both.err).toContain(`${one}:1:7: `)
    expect(both.err).toContain(`${other}:1:7: `)
    expect(check(good, { against: one })).toMatchObject({ status: 1, out: '' })
    expect(check(good, { json: true })).toMatchObject({
      status: 1,
      err: expect.stringContaining('--against'),
    })
  })
})
