import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type Page, chromium } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EvidenceCheck } from '../../src/control-plane/availability/check-evidence.ts'
import { chromiumPath } from '../system-programs.ts'

const golden = readFileSync(join(import.meta.dirname, '../golden/evidence-org_1-2026-04.jsonl'), 'utf8')
const publicKey = '6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw'

const source = join(import.meta.dirname, '../../src')
const folder = mkdtempSync(join(tmpdir(), 'weir-evidence-'))
/** Changed for each test. */
const served = { file: golden }
const server = createServer((request, response) => {
  if (scripts().includes(request.url!.slice(1)))
    response.setHeader('content-type', 'text/javascript').end(script(request.url!.slice(1)))
  else if (request.url === '/evidence.jsonl')
    response.setHeader('content-type', 'text/plain').end(served.file)
  else if (request.url === '/')
    // No eval, no other origin: what a status page would allow.
    response
      .setHeader('content-security-policy', "default-src 'none'; script-src 'self'; connect-src 'self'")
      .setHeader('content-type', 'text/html')
      .end('<!doctype html><title>A page</title>')
  else response.writeHead(404).end()
})
const scripts = () => readdirSync(folder).filter(name => name.endsWith('.js'))
const script = (name: string) => readFileSync(join(folder, name), 'utf8')

let browser: Browser
let page: Page

beforeAll(async () => {
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      outDir: folder,
      lib: {
        entry: [
          join(source, 'control-plane/availability/check-evidence.ts'),
          join(source, 'core/evidence/web-proofs.ts'),
        ],
        formats: ['es'],
        fileName: (_, name) => `${name}.js`,
      },
    },
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-gpu'] })
  page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
})

afterAll(async () => {
  await browser.close()
  server.close()
  server.closeAllConnections()
  rmSync(folder, { recursive: true, force: true })
})

/** Checks in the page, as the page itself would: its own fetch, its own WebCrypto. */
function checkInPage(file: string): Promise<EvidenceCheck> {
  served.file = file
  return page.evaluate(`(async () => {
    const { checkEvidence } = await import('/check-evidence.js')
    const { webProofs } = await import('/web-proofs.js')
    const file = new Uint8Array(await (await fetch('/evidence.jsonl')).arrayBuffer())
    return checkEvidence(file, webProofs(crypto.subtle), { publicKey: '${publicKey}' })
  })()`)
}

describe('in Chromium', () => {
  it('the check is built of code that knows no Node', () => {
    expect(scripts()).toEqual(expect.arrayContaining(['check-evidence.js', 'web-proofs.js']))
    for (const name of scripts())
      expect(script(name)).not.toMatch(/["']node:|\brequire\(|\bprocess\.|\bBuffer\b|__vite-browser-external/)
  })

  it('a good file holds, to the same cent', async () => {
    const { holds, breaks, says } = await checkInPage(golden)
    expect(breaks).toEqual([])
    expect(holds).toBe(true)
    expect(says.join(' ')).toContain('Credit: 1792.78 USD')
  })

  it('a changed file does not, and the page can say where', async () => {
    const { holds, breaks } = await checkInPage(golden.replace('"owed":"1792.78"', '"owed":"1792.77"'))
    expect(holds).toBe(false)
    expect(breaks).toMatchObject([
      { line: 64, field: 'hash' },
      { line: 64, field: 'owed', expected: '1792.78', found: '1792.77' },
    ])
  })
})
