import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { asianFontPath, pdfProgramPath } from '../system-programs.ts'
import { startTestWeir, startUpstream, type TestUpstream } from './harness.ts'

let folder: string
let upstream: TestUpstream
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-font-'))
  upstream = await startUpstream()
})
afterAll(async () => {
  await upstream.close()
  rmSync(folder, { recursive: true })
})

const provider = 'provider: { legalName: Chat Inc., address: [1 Main Street] }\n'
const start = async (invoiceFont: readonly string[]) =>
  startTestWeir({ upstream: upstream.url, contract: text => text + provider, settings: { invoiceFont } })

/** The text of the draft invoice of a customer of that name. */
async function invoiceOf(name: string, invoiceFont: readonly string[]): Promise<string> {
  const test = await start(invoiceFont)
  try {
    const { id } = await test.control<{ id: string }>('POST', '/api/organizations', { name, plan: 'start' })
    const path = `/api/organizations/${id}/invoices?status=draft`
    const { items } = await test.control<{ items: { id: string }[] }>('GET', path)
    const response = await fetch(`${test.weir.controlUrl}/api/invoices/${items[0]?.id}`, {
      headers: { authorization: `Bearer ${test.weir.operatorToken}`, accept: 'application/pdf' },
    })
    expect(response.status).toBe(200)
    const file = join(folder, 'draft.pdf')
    writeFileSync(file, await response.bytes())
    return execFileSync(pdfProgramPath.text, ['-layout', file, '-'], { encoding: 'utf8' })
  } finally {
    await test.stop()
  }
}

it('an invoice as PDF has the letters of a font that --invoice-font names', async () => {
  expect(await invoiceOf('北京有限公司', [asianFontPath])).toContain('北京有限公司')
  expect(await invoiceOf('北京有限公司', [])).toContain('\ufffd\ufffd')
})

it.each([
  ['a file that is not there', undefined, /^--invoice-font .* cannot be read: ENOENT/],
  ['a file that is no font', Buffer.from('hello'), /cannot be used: it is no font; name a TrueType/],
  ['a file that was cut', readFileSync(asianFontPath).subarray(0, 100_000), /cannot be used: it is damaged/],
])('%s is refused at the start, with what is wrong with it', async (_, bytes, message) => {
  const file = join(folder, 'font.ttf')
  rmSync(file, { force: true })
  if (bytes !== undefined) writeFileSync(file, bytes)
  await expect(start([file])).rejects.toThrow(message)
})
