import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import type { AppOption, AppsOption } from './apps-option.ts'
import { ContractError, type Weir, createWeir } from './weir.ts'

const contract = {
  text: `
weir: 1
name: small
currency: USD
identity: { apiKey: { header: x-api-key }, token: none }
platforms: { web: { default: true } }
endpoints: { GetApp: GET /app }
limits: { app: { default: 5 }, burst: off }
plans: { large: { price: { monthly: '1.00' }, limits: { app: { default: 50 } }, overage: { charge: higher }, includes: {}, supportPlan: basic } }
calendars: { always: 24/7 }
supportPlans: { basic: { sla: { form: none }, support: { calendar: always, firstResponse: {} } } }
`,
}
const one = { id: 'one', apiKeys: ['key-one'] }
const clock = () => Date.UTC(2026, 10, 22)
const folder = mkdtempSync(join(tmpdir(), 'weir-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What is left of the app's limit, or the code of the problem. */
async function left(weir: Weir, apiKey: string): Promise<number | string> {
  const headers = { 'x-api-key': apiKey }
  const verdict = await weir.decide({ method: 'GET', target: '/app', headers, websocket: 'no' })
  if (verdict.kind === 'admitted') return verdict.facts.decision!.shown.remaining
  return (JSON.parse(verdict.answer.body!) as { code: string }).code
}

describe('a contract', () => {
  it('with mistakes is refused with all of them, each with line and column', async () => {
    const text = contract.text.replace('GET /app', 'GET app').replace('burst: off', 'brust: off')
    const failure = await createWeir({ contract: { text }, apps: [] }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ContractError)
    const { mistakes, message } = failure as ContractError
    expect(mistakes.map(({ line }) => line)).toEqual([7, 8])
    expect(message).toMatch(/^contract\.yaml:7:\d+: .+\ncontract\.yaml:8:\d+: .+$/)
  })

  it.each([(file: string) => file, pathToFileURL])('is read from a file', async named => {
    const file = join(folder, 'contract.yaml')
    writeFileSync(file, contract.text)
    expect(
      await left(await createWeir({ contract: { file: named(file) }, apps: [one], clock }), 'key-one'),
    ).toBe(4)
  })

  it('that is not there, or not said, is refused in words', async () => {
    const from = (given: object) => createWeir({ contract: given as typeof contract, apps: [] })
    await expect(from({ file: join(folder, 'none.yaml') })).rejects.toThrow(/^there is no file /)
    await expect(from({})).rejects.toThrow(/^contract: expected \{ file/)
  })
})

describe('apps', () => {
  const wrong: readonly (readonly [unknown, string | RegExp])[] = [
    ['x', /^apps: .*expected array/],
    [[{ apiKeys: [] }], /^apps\[0\]\.id: .*expected string/],
    [[{ ...one, secrets: 'x' }], /^apps\[0\]: .*"secrets"/],
    [[{ ...one, apiKeys: ['a', ''] }], /^apps\[0\]\.apiKeys\[1\]: /],
    [[one, { id: 'two', apiKeys: ['key-one'] }], 'apps[1].apiKeys[0]: stands there twice'],
    [[one, { id: 'one', apiKeys: [] }], 'apps[1].id: stands there twice'],
    [[{ ...one, plan: 'larg' }], 'apps[0].plan: the contract has no "larg"; did you mean `large`?'],
    [
      [{ ...one, limits: { app: { GetAp: 1 } } }],
      'apps[0].limits.app: the contract has no "GetAp"; did you mean `GetApp`?',
    ],
    [[{ ...one, limits: { app: { GetApp: 1.5 } } }], /^apps\[0\]\.limits\.app\.GetApp: /],
  ]
  it.each(wrong)('%j are refused with the place and what was expected', async (apps, message) => {
    await expect(createWeir({ contract, apps: apps as AppsOption })).rejects.toThrow(message)
  })

  it('need their secret where it signs the tokens, and no message repeats a key', async () => {
    const signed = { text: contract.text.replace('token: none', 'token: { header: authorization }') }
    await expect(createWeir({ contract: signed, apps: [one] })).rejects.toThrow(
      /^apps\[0\]\.secret: expected text/,
    )
    const twice = createWeir({ contract, apps: [one, { ...one, id: 'two' }] })
    await expect(twice).rejects.not.toThrow(/key-one/)
  })

  it('have the limits of their plan, and their own before it', async () => {
    const large = { ...one, plan: 'large' }
    expect(await left(await createWeir({ contract, apps: [large], clock }), 'key-one')).toBe(49)
    const own = { ...large, limits: { app: { default: 500 } } }
    expect(await left(await createWeir({ contract, apps: [own], clock }), 'key-one')).toBe(499)
  })
})

describe('a reload', () => {
  it('takes new keys and suspensions over and goes on counting', async () => {
    let apps: AppOption[] = [one]
    const weir = await createWeir({ contract, apps: () => apps, clock })
    expect(await left(weir, 'key-one')).toBe(4)
    apps = [{ id: 'one', apiKeys: ['key-new'] }]
    expect(await left(weir, 'key-new')).toBe('unknown-api-key')
    await weir.reload()
    expect([await left(weir, 'key-new'), await left(weir, 'key-one')]).toEqual([3, 'unknown-api-key'])
    apps = [{ ...one, suspended: true }]
    await weir.reload()
    expect(await left(weir, 'key-one')).toBe('app-suspended')
  })

  it('that fails leaves what held', async () => {
    let apps: unknown = [one]
    const weir = await createWeir({ contract, apps: async () => apps as AppOption[], clock })
    apps = [{}]
    await expect(weir.reload()).rejects.toThrow('apps[0].id')
    expect(await left(weir, 'key-one')).toBe(4)
  })

  it('that began earlier and ends later does not undo a later one', async () => {
    const loads: ((apps: AppOption[]) => void)[] = []
    let waits = false
    const apps = () => (waits ? new Promise<AppOption[]>(resolve => loads.push(resolve)) : [one])
    const weir = await createWeir({ contract, apps, clock })
    waits = true
    const both = [weir.reload(), weir.reload()]
    loads[1]!([{ id: 'one', apiKeys: ['newer'] }])
    await both[1]
    loads[0]!([{ id: 'one', apiKeys: ['older'] }])
    await both[0]
    expect([await left(weir, 'newer'), await left(weir, 'older')]).toEqual([4, 'unknown-api-key'])
  })
})
