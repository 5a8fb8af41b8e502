import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type Page, type Request, chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TestWeir } from '../e2e/harness.ts'
import { chromiumPath } from '../system-programs.ts'
import { startSampleWeir } from './sample-weir.ts'

const golden = join(import.meta.dirname, '../golden/evidence-org_1-2026-04.jsonl')
const publicKey = '6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw'
const folder = mkdtempSync(join(tmpdir(), 'weir-verify-'))
const pageChecks = readFileSync(new URL('page-checks.js', import.meta.url), 'utf8')

let weir: TestWeir
let browser: Browser
let page: Page
const requests: Request[] = []
const failures: string[] = []
beforeAll(async () => {
  weir = await startSampleWeir()
  browser = await chromium.launch({
    executablePath: chromiumPath,
    args: ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP status.test 127.0.0.1'],
  })
  page = await browser.newPage()
  page.on('request', request => requests.push(request))
  page.on('response', response => {
    if (!response.ok()) failures.push(`${response.status()} ${response.url()}`)
  })
  page.on('pageerror', error => failures.push(error.message))
  await page.goto(`${weir.weir.controlUrl}/status/verify`)
  await page.locator('#ready').waitFor({ state: 'visible' })
})
afterAll(async () => {
  await browser.close()
  await weir.stop()
  rmSync(folder, { recursive: true })
})

/** What the page says of a file, when it has made up its mind. */
async function check(file: string): Promise<string> {
  await page.locator('#file').setInputFiles(file)
  await page.locator('#verdict', { hasText: /hold|could not/ }).waitFor()
  return page.locator('#result').innerText()
}

it('the page checks a file by Weir’s own modules, to the cent, and with the provider’s own key by itself', async () => {
  expect(await page.locator('#key').inputValue()).toMatch(/^[\w-]{43}$/)
  await page.locator('#key').fill(publicKey)
  const said = await check(golden)
  expect(said).toMatch(/^evidence-org_1-2026-04\.jsonl holds\./)
  expect(said).toContain('Credit: 1792.78 USD')
  expect(said).toContain('Compare with what you know')
  expect(said).toContain('2 apps judged: app_busy and app_quiet.')
  expect(await page.evaluate<string[]>(pageChecks)).toEqual([])
  expect(failures).toEqual([])
})

it('of a file that was changed it says where', async () => {
  const changed = join(folder, 'changed.jsonl')
  writeFileSync(changed, readFileSync(golden, 'utf8').replace('"owed":"1792.78"', '"owed":"1792.77"'))
  const said = await check(changed)
  expect(said).toMatch(/^changed\.jsonl does not hold\./)
  expect(said).toContain('Line 64, owed: expected 1792.78, found 1792.77')
})

it('the file goes nowhere: the page only ever fetched modules, and may not connect to anything', async () => {
  expect(new Set(requests.map(request => request.method()))).toEqual(new Set(['GET']))
  expect(requests.filter(request => request.resourceType() !== 'script')).toHaveLength(1)
  const policy = (await fetch(`${weir.weir.controlUrl}/status/verify`)).headers.get('content-security-policy')
  expect(policy).toContain("connect-src 'none'")
  expect(policy).toContain("script-src 'self'")
  expect(policy).toContain("form-action 'none'")
  expect(policy).not.toContain('unsafe')
})

it('only what the page is made of is served beside it', async () => {
  for (const path of [
    'verify-script.ts',
    '0-verify-script.ts',
    '..%2f..%2fpackage.json',
    '0-verify-script.js.map',
  ])
    expect((await fetch(`${weir.weir.controlUrl}/status/verify/${path}`)).status, path).toBe(404)
})

/** What a page says that is opened elsewhere, or by another browser: `lacking` runs in it before its own scripts. */
async function noticeIn(lacking: string, url = weir.weir.controlUrl): Promise<string> {
  const other = await browser.newPage()
  await other.addInitScript(lacking)
  await other.goto(`${url}/status/verify`)
  await other.locator('#notice').waitFor({ state: 'visible' })
  expect(await other.locator('#ready').isVisible()).toBe(false)
  const said = await other.locator('#notice').innerText()
  await other.close()
  return said
}

it('over plain http, where browsers withhold cryptography, it says to open it over https', async () => {
  const url = weir.weir.controlUrl.replace('127.0.0.1', 'status.test')
  const said = await noticeIn('', url)
  expect(said).toContain('opened over plain http')
  expect(said).toContain('Open it over https')
  expect(said).toContain('weir verify FILE')
})

const withoutEd25519 = `crypto.subtle.generateKey = async () => {
  throw new DOMException('Unrecognized name', 'NotSupportedError')
}`

it.each([
  ['Temporal', 'delete globalThis.Temporal'],
  ['Uint8Array.fromBase64 and toHex', 'delete Uint8Array.prototype.toHex'],
  ['Ed25519 signatures', withoutEd25519],
])('in a browser without %s it says so, and which browsers have it', async (name, lacking) => {
  const said = await noticeIn(lacking)
  expect(said).toContain(`This browser does not have ${name}, which`)
  expect(said).toMatch(/Chrome and Edge .*144.*Firefox .*139.*weir verify FILE/)
})

it('when a part of it cannot be loaded it says so', async () => {
  const other = await browser.newPage()
  await other.route(/verify-form/, route => route.abort())
  await other.goto(`${weir.weir.controlUrl}/status/verify`)
  await other.locator('#notice', { hasText: 'could not be loaded whole' }).waitFor()
  await other.close()
})

it.each([
  [390, 'light'],
  [390, 'dark'],
  [1280, 'light'],
  [1280, 'dark'],
] as const)('it can be read by everyone, %i wide and %s', async (width, colorScheme) => {
  await page.setViewportSize({ width, height: 900 })
  await page.emulateMedia({ colorScheme })
  await check(golden)
  expect(await page.evaluate<string[]>(pageChecks)).toEqual([])
})
