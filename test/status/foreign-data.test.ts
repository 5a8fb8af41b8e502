import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type Control,
  addCustomer,
  chatYaml,
  noonMs,
  startControl,
} from '../../src/control-plane/api/test-control.ts'
import { addSlices } from '../../src/store/slices.ts'
import { addSampleStatus, withGroups } from './sample-status.ts'

let control: Control
const secrets: string[] = []
beforeAll(async () => {
  control = await startControl({ publicUrl: 'https://status.example.com' })
  await control.operator('PUT', '/api/contract', { yaml: withGroups(chatYaml) })
  const { db } = control.deps.store
  await addSampleStatus(db, noonMs)
  for (const name of ['Quixotic', 'Zephyrine']) {
    const { organizationId, app, admin } = await addCustomer(control, name)
    const excluded = await control.operator<{ id: string }>('POST', '/api/exclusions', {
      reason: 'customer',
      start: '2026-11-03T10:00:00Z',
      end: '2026-11-03T11:00:00Z',
      text: `${name} tested its own load.`,
      organization: organizationId,
    })
    expect(excluded.status).toBe(201)
    secrets.push(name, organizationId, app.id, app.apiKey, admin.id, excluded.body.id, 'own load')
    const slice = { sliceMs: noonMs - 3_600_000, seconds: 10, valid: 31_337, failed: 0 }
    await addSlices(db, [{ ...slice, name: app.id }], [{ ...slice, name: 'SendMessage' }])
  }
  secrets.push('31337', '62674', 'mem_', 'org_', 'app_', 'exc_')
})
afterAll(async () => control.close())

it('nothing of any customer is in any answer of the status page', async () => {
  const visitor = control.as(undefined)
  const paths = ['', '/history', '/incidents/inc_open', '.json', '/feed.atom', '/badge.svg', '/evidence']
  for (const path of paths) {
    const { status, body } = await visitor<unknown>('GET', `/status${path}`)
    expect(status, path).toBe(200)
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    for (const secret of secrets) expect(text.includes(secret), `${secret} in ${path}`).toBe(false)
  }
})

it('what is excluded for one customer excludes nothing there', async () => {
  const { body } = await control.as(undefined)<{
    components: { days: { date: string; maintenanceSeconds: number; measuredSeconds: number }[] }[]
  }>('GET', '/status.json')
  const day = body.components[0]?.days.find(({ date }) => date === '2026-11-03')
  expect(day).toMatchObject({ kind: 'up', maintenanceSeconds: 0, measuredSeconds: 86_400 })
})
