import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { aprilFacts, testKey, writeFile } from '../control-plane/availability/test-evidence.ts'
import { daySalt, monthSecret } from '../control-plane/availability/evidence-salts.ts'
import { type VerifySettings, runVerify } from './verify.ts'

const folder = mkdtempSync(join(tmpdir(), 'weir-verify-'))
afterAll(() => rmSync(folder, { recursive: true }))
const good = await writeFile(await aprilFacts())

async function verify(text: string, settings: VerifySettings = {}) {
  const file = join(folder, 'evidence.jsonl')
  writeFileSync(file, text)
  const said = { out: '', err: '' }
  const io = {
    out: (more: string) => void (said.out += more),
    err: (more: string) => void (said.err += more),
  }
  return { status: await runVerify(file, settings, io), ...said }
}

describe('weir verify', () => {
  it('of a good file ends with 0 and says what holds', async () => {
    const settings = { key: testKey.publicKey, head: good.head }
    const { status, out, err } = await verify(good.text, settings)
    expect([status, err]).toEqual([0, ''])
    expect(out).toContain('evidence.jsonl holds.')
    expect(out).toContain('by the key you named')
    expect(out).toContain('Credit: 1792.78 USD')
    expect(out).toMatch(/\nCompare with what you know[^\n]+:\n {2}A plan was held 2026-04-01T00:00:00Z to /)
    expect(out).toContain('\n  2 apps judged: app_busy and app_quiet.')
  })

  it('of a changed file ends with 1 and says line, field, what was expected and what is there', async () => {
    const { status, out, err } = await verify(good.text.replace('"owed":"1792.78"', '"owed":"1792.77"'))
    expect([status, out]).toEqual([1, ''])
    expect(err).toContain('does not hold')
    expect(err).toContain('line 64, owed\n    expected 1792.78\n    found    1792.77\n')
  })

  it('answers as JSON, with the same status', async () => {
    const whole = await verify(good.text, { json: true })
    expect(JSON.parse(whole.out)).toMatchObject({ holds: true, head: good.head, breaks: [] })
    const cut = await verify(good.text.slice(1), { json: true })
    expect([cut.status, (JSON.parse(cut.out) as { holds: boolean }).holds]).toEqual([1, false])
  })

  it('checks what the provider opened of the file, and ends with 1 when it is not what was committed to', async () => {
    const first = 3000 - 5 - 2 * 1440
    const of = { organization: 'org_1', month: '2026-04', app: 'app_quiet', date: '2026-04-03' }
    const secret = monthSecret(testKey, { organizationId: of.organization, month: of.month })
    const salt = daySalt(secret, of.app, of.date)
    const totals = [0, 1, 2, 3].map(at => [first + at, 5000, at < 2 ? 5000 : 0])
    const opening = { kind: 'opening', ...of, head: good.head, salt, totals }
    const opened = join(folder, 'opening.json')
    writeFileSync(opened, JSON.stringify(opening))
    const { status, out } = await verify(good.text, { opened })
    expect([status, out]).toEqual([0, expect.stringContaining('Opened: 4 slices of app_quiet')])
    writeFileSync(opened, JSON.stringify({ ...opening, totals: totals.with(0, [first, 5000, 0]) }))
    const other = await verify(good.text, { opened })
    expect([other.status, other.err]).toEqual([1, expect.stringContaining(`opening, slice ${first}`)])
    const none = await verify(good.text, { opened: join(folder, 'no-opening.json') })
    expect([none.status, none.err]).toEqual([1, expect.stringContaining('no-opening.json cannot be read')])
  })

  it('of a file that is not there says so', async () => {
    const said: string[] = []
    const io = { out: () => {}, err: (text: string) => void said.push(text) }
    expect(await runVerify(join(folder, 'none.jsonl'), {}, io)).toBe(1)
    expect(said.join('')).toContain('cannot be read')
  })

  it('tells at most twenty breaks', async () => {
    const { err } = await verify(good.text.replaceAll('"validSum":144000', '"validSum":144001'))
    expect(err.match(/expected/g)).toHaveLength(20)
    expect(err).toMatch(/and \d+ more\n$/)
  })
})
