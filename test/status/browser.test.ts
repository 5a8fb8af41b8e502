import { readFileSync } from 'node:fs'
import { type Browser, type Page, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestWeir, eventually } from '../e2e/harness.ts'
import { chromiumPath } from '../system-programs.ts'
import { startSampleWeir } from './sample-weir.ts'

let weir: TestWeir
let browser: Browser
beforeAll(async () => {
  weir = await startSampleWeir({ publicUrl: 'https://status.example.com', smtpUrl: 'smtp://127.0.0.1:9' })
  // On a busy machine the first read may take longer than a visitor is made to wait.
  await eventually(
    async () => (await fetch(`${weir.weir.controlUrl}/status`)).status,
    status => status === 200,
    60_000,
  )
  browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-gpu'] })
})
afterAll(async () => {
  await browser.close()
  await weir.stop()
})

const looks = [
  { name: 'on a desk, light', width: 1280, colorScheme: 'light' },
  { name: 'on a desk, dark', width: 1280, colorScheme: 'dark' },
  { name: 'on a phone, light', width: 390, colorScheme: 'light' },
  { name: 'on a phone, dark', width: 390, colorScheme: 'dark' },
  { name: 'on a narrow phone', width: 320, colorScheme: 'light' },
] as const

/** Opens a page without JavaScript; what the browser complains of is a flaw too. */
async function look(path: string, width: number, colorScheme: 'light' | 'dark') {
  const context = await browser.newContext({
    javaScriptEnabled: false,
    colorScheme,
    viewport: { width, height: 900 },
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', message => complaints.push(message.text()))
  page.on('requestfailed', request => complaints.push(request.url()))
  await page.goto(weir.weir.controlUrl + path)
  return { page, complaints }
}

const pageChecks = readFileSync(new URL('page-checks.js', import.meta.url), 'utf8')
const flawsOf = (page: Page) => page.evaluate<string[]>(pageChecks)

describe.each(looks)('the status page $name', ({ width, colorScheme }) => {
  it.each([
    '/status',
    '/status/history',
    '/status/incidents/inc_open',
    '/status/evidence',
    '/status/subscribe',
  ])('%s can be read by everyone', async path => {
    const { page, complaints } = await look(path, width, colorScheme)
    expect(await flawsOf(page)).toEqual([])
    expect(complaints).toEqual([])
    await page.context().close()
  })
})

describe('the status page', () => {
  it('without a script shows state, days, incidents with updates and what is planned', async () => {
    const { page } = await look('/status', 1280, 'light')
    expect(await page.title()).toBe('Some systems are degraded · Northwind Chat status')
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Some systems are degraded')
    const open = page.getByRole('article', { name: 'Searches are slow and some fail' })
    expect(await open.getByRole('listitem').count()).toBeGreaterThanOrEqual(3)
    expect(
      await page.getByRole('article', { name: 'Move to the new database cluster' }).innerText(),
    ).toContain('planned')
    const picture = page.getByRole('img', {
      name: /^Messaging, the last 90 days: 99\.\d{5} % up; down time on 3 days/,
    })
    expect(await picture.locator('g').count()).toBe(90)
    await page.getByText('Days in words').nth(1).click()
    expect(await page.getByRole('region', { name: 'Days of Messaging' }).innerText()).toContain('2 h 10 min')
    await page.context().close()
  })

  it('tells kinds of days apart by shape and not by colour alone', async () => {
    const { page } = await look('/status', 1280, 'light')
    const shapes = await page
      .locator('.legend svg')
      .evaluateAll(pictures =>
        pictures.map(picture =>
          [...picture.querySelectorAll('rect')]
            .map(each => `${each.getAttribute('y')}+${each.getAttribute('height')}`)
            .join(' '),
        ),
      )
    expect(shapes).toHaveLength(5)
    expect(new Set(shapes).size).toBe(5)
    await page.context().close()
  })

  it('can be gone through with the keyboard, and shows where one is', async () => {
    const { page } = await look('/status', 1280, 'light')
    await page.keyboard.press('Tab')
    expect(await page.locator(':focus').innerText()).toBe('To the status')
    await page.keyboard.press('Tab')
    const focused = page.locator(':focus')
    expect(await focused.innerText()).toBe('Northwind Chat status')
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid')
    await page.context().close()
  })
})
