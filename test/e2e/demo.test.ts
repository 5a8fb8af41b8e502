import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from './harness.ts'
import { type WeirProcess, startProcess } from './process.ts'

const run = promisify(execFile)
const demoFolders = () => readdirSync(tmpdir()).filter(name => name.startsWith('weir-demo-'))

let demo: WeirProcess
let commands: string[]
const foldersBefore = demoFolders()
/** Where commands leave what they save. */
const folder = mkdtempSync(join(tmpdir(), 'weir-pasted-'))

beforeAll(async () => {
  demo = startProcess(['demo', '--port', '0', '--control-port', '0'])
  await demo.shows(/Ctrl-C/)
  commands = demo
    .stdout()
    .split('\n')
    .filter(line => /^ {2}(curl|for) /.test(line))
})

afterAll(async () => {
  await demo.end('SIGKILL')
  rmSync(folder, { recursive: true })
})

async function paste(command: string): Promise<string> {
  const { stdout } = await run('bash', ['-c', command], { cwd: folder })
  return stdout
}

describe('weir demo', () => {
  it('prints the addresses, a key, a server token, two user tokens, the operator token and seven commands', () => {
    const text = demo.stdout()
    expect(text).toMatch(/the API +http:\/\/127\.0\.0\.1:\d+/)
    expect(text).toMatch(/control API +http:\/\/127\.0\.0\.1:\d+\/api\/docs/)
    expect(text).toMatch(/API key +wk\w+/)
    for (const name of ['server token', 'token of alice', 'token of bob']) {
      expect(text).toMatch(new RegExp(`${name} +ey[\\w-]+\\.[\\w-]+\\.[\\w-]+`))
    }
    expect(text).toMatch(/operator token +wo_\w+/)
    expect(commands).toHaveLength(7)
  })

  it('its first command sends a message and shows what is left', async () => {
    const answer = await paste(commands[0]!)
    expect(answer).toMatch(/^HTTP\/1\.1 201 /)
    expect(answer).toMatch(/X-RateLimit-Limit: 1000\r\n/)
    expect(answer).toContain('"text":"Hello"')
  })

  it('its second command shows the limits by platform', async () => {
    const limits = JSON.parse(await paste(commands[1]!)) as Record<string, object>
    expect(Object.keys(limits)).toEqual(['duration', 'server_side', 'android', 'ios', 'web'])
  })

  it('its third command gets limited', async () => {
    // 140 messages fall into two minutes at most, and 60 pass in each.
    const statuses = `${await paste(commands[2]!)} ${await paste(commands[2]!)}`.trim().split(/\s+/)
    expect(statuses).toHaveLength(140)
    expect(statuses.every(status => status === '201' || status === '429')).toBe(true)
    expect(statuses.filter(status => status === '429').length).toBeGreaterThanOrEqual(20)
    expect(statuses.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => '201'))
  })

  it('its fourth command shows what was used, which is what the commands before sent', async () => {
    const used = async () => JSON.parse(await paste(commands[3]!)) as { month: string; requests: number }
    const { month } = await eventually(used, ({ requests }) => requests > 140, 60_000)
    expect(month).toBe(new Date().toISOString().slice(0, 7))
  })

  it('its next two show the invoice so far, as JSON and as a PDF of the same', async () => {
    const [draft] = (JSON.parse(await paste(commands[4]!)) as { items: Record<string, unknown>[] }).items
    expect(draft).toMatchObject({
      status: 'draft',
      provider: { legalName: 'Chat Example Ltd' },
      customer: { name: 'Demo' },
    })
    await paste(commands[5]!)
    expect(readFileSync(join(folder, 'invoice.pdf'), 'latin1')).toMatch(/^%PDF-/)
  })

  it('its last command shows the promise and what is owed of it', async () => {
    const report = JSON.parse(await paste(commands[6]!)) as Record<string, unknown>
    expect(report).toMatchObject({ form: 'accelerated', target: '99.999', credit: { amount: '0.00' } })
  })

  it('ends on Ctrl-C and leaves nothing behind', async () => {
    expect(await demo.end('SIGINT')).toBe(0)
    expect(demoFolders()).toEqual(foldersBefore)
  })
})
