import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { heldReader } from '../usage/test-held-reader.ts'
import type { UsageReader } from '../usage/usage-questions.ts'
import { createUsageReader } from '../usage/usage-reader.ts'
import { type Control, addCustomer, startControl } from './test-control.ts'

let control: Control
let thread: UsageReader
afterEach(async () => {
  await thread.close()
  await control.close()
})

test('a route answers while the month of a draft is being counted by another thread', async () => {
  const held = heldReader({
    ask: async (kind, question) => thread.ask(kind, question),
    close: async () => undefined,
  })
  control = await startControl({ usage: held.reader })
  thread = createUsageReader({ file: join(control.dataDir, 'weir.db') })
  const { organizationId } = await addCustomer(control, 'Acme', 'start')
  const answered: string[] = []
  const ask = async (path: string) => {
    const { status, body } = await control.operator<{ items: object[] }>('GET', path)
    expect(status).toBe(200)
    answered.push(path)
    return body.items
  }
  const drafts = `/api/organizations/${organizationId}/invoices?status=draft`
  const draft = ask(drafts)
  // Without this the count would not have begun, or not have been asked for at all.
  await held.asked
  await ask('/api/organizations')
  held.goOn()
  expect(await draft).toMatchObject([{ month: '2026-11', total: '340.98' }])
  expect(answered).toEqual(['/api/organizations', drafts])
})
