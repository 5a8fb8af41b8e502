import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openEvidenceKey } from '../../src/identity/evidence-key.ts'
import { addEvidence } from '../../src/store/evidence.ts'
import { openStore } from '../../src/store/open-store.ts'
import { type TestWeir, eventually } from '../e2e/harness.ts'
import { runCommand } from '../e2e/process.ts'
import { chromiumPath } from '../system-programs.ts'
import { addSampleStatus } from './sample-status.ts'
import { startSampleWeir } from './sample-weir.ts'

const folder = mkdtempSync(join(tmpdir(), 'weir-export-'))
const site = join(folder, 'site')
const PUBLIC = 'https://status.example.com'
const head = 'ab'.repeat(32)
let weir: TestWeir & { readonly data: string }
let data: string
beforeAll(async () => {
  data = join(folder, 'data')
  const settings = { statusExport: site, statusExportEverySeconds: 1, publicUrl: PUBLIC }
  weir = await startSampleWeir(settings, async (db, dataDir) => {
    const { publicKey } = openEvidenceKey({ dataDir, env: {} })
    const signed = { kind: 'signature', head, publicKey, signature: 'c2lnbmVk' }
    await addEvidence(db, {
      organizationId: 'org_1',
      month: new Date().toISOString().slice(0, 7),
      file: new TextEncoder().encode(`{"kind":"evidence"}\n${JSON.stringify(signed)}\n`),
      head,
      signature: signed.signature,
      createdMs: Date.now(),
      totalsId: undefined,
    })
  })
  await eventually(
    async () => readdirSync(folder).includes('site') && readdirSync(site).includes('index.html'),
    isThere => isThere,
    60_000,
  )
})
afterAll(async () => {
  await weir.stop()
  rmSync(folder, { recursive: true, force: true })
})

const pages = () =>
  readdirSync(site, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.html'))

it('the files name only what is there, and nothing that needs a host', () => {
  expect(readdirSync(site).toSorted()).toEqual([
    'badge.svg',
    'evidence-key.json',
    'evidence.html',
    'feed.atom',
    'history.html',
    'incidents',
    'index.html',
    'status.json',
  ])
  expect(pages()).toContain('incidents/inc_open.html')
  for (const page of pages()) {
    const file = join(site, page)
    const links = [...readFileSync(file, 'utf8').matchAll(/(?:href|src)="([^"#]+)"/g)].map(match => match[1]!)
    expect(links.length).toBeGreaterThan(3)
    for (const link of links.filter(each => !each.startsWith(`${PUBLIC}/`))) {
      expect(link, page).not.toMatch(/^(\/|\w+:)/)
      expect(() => statSync(join(file, '..', link)), `${page} links to ${link}`).not.toThrow()
    }
  }
})

const publicLinks = () =>
  new Set(
    [...pages(), 'feed.atom', 'status.json'].flatMap(name =>
      [...readFileSync(join(site, name), 'utf8').matchAll(/https:\/\/status\.example\.com[^"<\s]*/g)].map(
        ([link]) => link,
      ),
    ),
  )

it('what it links to on the running Weir is there', async () => {
  const links = [...publicLinks()]
  expect(links).toContain(`${PUBLIC}/status/subscribe`)
  expect(links).toContain(`${PUBLIC}/status/verify`)
  for (const link of links) {
    const { status } = await fetch(link.replace(PUBLIC, weir.weir.controlUrl))
    expect(status, link).toBe(200)
  }
  const page = await (await fetch(`${weir.weir.controlUrl}/status/subscribe`)).text()
  expect(page).toContain('<form method="post" action="/status/subscribe">')
})

it('heads of evidence and the key are in the copy, and need no Weir', async () => {
  const page = readFileSync(join(site, 'evidence.html'), 'utf8')
  const key = JSON.parse(readFileSync(join(site, 'evidence-key.json'), 'utf8')) as { publicKey: string }
  const published: unknown = await (await fetch(`${weir.weir.controlUrl}/status/evidence-key`)).json()
  expect(key).toEqual(published)
  for (const text of [head, 'c2lnbmVk', key.publicKey, 'weir verify FILE --key KEY'])
    expect(page).toContain(text)
})

it('a reader goes from page to page without any server', async () => {
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    args: ['--no-sandbox', '--disable-gpu'],
  })
  const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage()
  await page.goto(pathToFileURL(join(site, 'index.html')).href)
  expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Some systems are degraded')
  await page.getByRole('link', { name: 'Searches are slow and some fail' }).click()
  expect(await page.title()).toBe('Searches are slow and some fail · Northwind Chat status')
  await page.getByRole('link', { name: 'History' }).click()
  expect(await page.getByRole('article').count()).toBeGreaterThan(4)
  await page.getByRole('link', { name: 'Now' }).click()
  expect(page.url()).toBe(pathToFileURL(join(site, 'index.html')).href)
  await browser.close()
})

it('it is written again and again, and never in halves', async () => {
  writeFileSync(join(site, '.weir-0123456789ab'), 'what a Weir left that was killed')
  const asOf = () => (JSON.parse(readFileSync(join(site, 'status.json'), 'utf8')) as { asOf: string }).asOf
  const before = asOf()
  await eventually(
    async () => asOf(),
    now => now !== before,
    25_000,
  )
  expect(readdirSync(site).filter(name => name.startsWith('.weir-'))).toEqual([])
})

it('weir status writes the same beside a store that nothing runs on, and says what stands in the way', async () => {
  const empty = await runCommand(['status', '--export', join(folder, 'none'), '--data', data])
  expect(empty).toMatchObject({ status: 1, stdout: '' })
  expect(empty.stderr).toMatch(/^weir status: There is no database .*\n$/)
  const store = await openStore({ file: join(data, 'weir.db') })
  await addSampleStatus(store.db, Date.now())
  await store.close()
  const without = await runCommand(['status', '--export', join(folder, 'none'), '--data', data])
  expect(without.stderr).toContain('No contract is loaded yet')
  const own = join(weir.dataDir, 'copy')
  const { status, stdout } = await runCommand(['status', '--export', own, '--data', weir.data])
  expect(stdout).toMatch(/^Some systems are degraded\.\n\d+ files in /)
  expect(status).toBe(0)
  const written = readFileSync(join(own, 'index.html'), 'utf8')
  expect(written).toContain('Searches are slow and some fail')
  expect(written).not.toContain('https://status.example.com')
  const evidence = readFileSync(join(own, 'evidence.html'), 'utf8')
  expect(evidence).toContain(head)
  expect(evidence).not.toContain('/status/verify')
  expect(readFileSync(join(own, 'evidence-key.json'), 'utf8')).toBe(
    readFileSync(join(site, 'evidence-key.json'), 'utf8'),
  )
}, 120_000)
