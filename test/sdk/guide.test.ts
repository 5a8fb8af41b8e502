import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestUpstream, type TestWeir, eventually, startTestWeir, startUpstream } from '../e2e/harness.ts'
import { type RecordedRequests, requestsOf } from '../e2e/recorded.ts'
import { buildClient } from './built-client.ts'

const root = join(import.meta.dirname, '../..')
const run = promisify(execFile)

/** Each way that the page shows: its name and the code below it. */
const ways = readFileSync(join(root, 'docs/what-to-do-at-a-429.md'), 'utf8')
  .split(/^## /m)
  .slice(1)
  .map(section => {
    const [, language, code] = /```(\w+)\n([\s\S]*?)```/.exec(section)!
    return { name: section.slice(0, section.indexOf('\n')), language: language!, code: code! }
  })

let upstream: TestUpstream
let weir: TestWeir
/** Where the packages are that the page imports. */
let folder: string

beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    response.setHeader('content-type', 'text/plain').end(`${request.url}\n`)
  })
  weir = await startTestWeir({ upstream: upstream.url })
  folder = mkdtempSync(join(tmpdir(), 'weir-guide-'))
  await buildClient(join(folder, 'node_modules/weir-client'))
  for (const name of ['axios', 'got', 'ky']) {
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  }
})

afterAll(async () => {
  await weir.stop()
  await upstream.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Over all minutes. */
function countOf(rows: readonly RecordedRequests[], wanted: RecordedRequests['outcome']): number {
  return rows.filter(({ outcome }) => outcome === wanted).reduce((sum, { count }) => sum + count, 0)
}

it('the page shows curl, three well-known clients and ours', () => {
  expect(ways.map(({ name }) => name)).toEqual(['curl', 'axios', 'got', 'ky', 'weir-client'])
})

// One a second, so that of three requests in a row at least one is limited; again where a busy machine has them seconds apart.
it.each(ways)('$name waits at a 429 and goes on', { retry: 3 }, async ({ name, language, code }) => {
  const app = await weir.newApp({ limits: { app: { QueryUsers: 30 } } })
  const env = {
    PATH: process.env['PATH'],
    API: weir.weir.gatewayUrl,
    KEY: app.apiKey,
    TOKEN: await app.token({ user_id: 'ann' }),
  }
  const file = join(folder, `${name}.${language === 'sh' ? 'sh' : 'mjs'}`)
  writeFileSync(file, code)
  const { stdout } = await run(language === 'sh' ? 'sh' : process.execPath, [file], { cwd: folder, env })
  expect(stdout).toBe('/users?id=ann\n/users?id=bob\n/users?id=cleo\n')
  const allServed = (rows: RecordedRequests[]) => countOf(rows, 'served') === 3
  const rows = await eventually(async () => requestsOf(weir, app), allServed, 60_000)
  expect(countOf(rows, 'limited')).toBeGreaterThan(0)
})
