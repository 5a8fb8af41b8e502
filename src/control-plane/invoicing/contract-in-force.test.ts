import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type PrivatePostgres, startPrivatePostgres } from '../../../test/private-postgres.ts'
import { type Store, openStore } from '../../store/open-store.ts'
import { openContracts } from '../api/contracts.ts'
import { startJobRunner } from '../jobs/job-runner.ts'
import { createAgreements } from './agreement.ts'
import { closeMonthJob } from './close-month.ts'
import { addHolder, at, crowd, invoiceFor, loadChat, use } from './test-customers.ts'
import { createMails } from '../channels/mail.ts'
import { testKey } from '../availability/test-evidence.ts'
import { directUsageReader } from '../usage/usage-questions.ts'

/** Which version of the contract an invoice names and goes by: the one in force at the month's end. */

/** Ten users are included, so that a few are more. */
const smaller = (yaml: string) => yaml.replace('includes: { mau: 10000', 'includes: { mau: 10')
const chatYaml = smaller(readFileSync(new URL('../../../contracts/chat.yaml', import.meta.url), 'utf8'))
const directory = mkdtempSync(join(tmpdir(), 'weir-versions-'))
let postgres: PrivatePostgres
beforeAll(async () => {
  postgres = await startPrivatePostgres()
})
afterAll(async () => {
  await postgres.stop()
  rmSync(directory, { recursive: true })
})

let made = 0
describe.each([
  ['SQLite', async () => openStore({ file: join(directory, `${made++}.db`) })],
  ['Postgres', async () => openStore({ url: await postgres.createDatabase() })],
])('%s: the contract of a month', (_, open) => {
  let store: Store
  beforeEach(async () => {
    store = await open()
    await loadChat(store.db, smaller)
    await addHolder(store.db, 'acme', '2026-10-01')
    // Ten users more than are included, each month.
    for (const day of ['2026-10-05', '2026-11-05']) await use(store.db, 'acme', crowd(20, day))
  })
  afterEach(async () => store.close())

  /** Loads a contract on a day, as the control API does: `start` costs `price`, and a user more costs `more`. */
  async function load(
    day: string,
    price: string,
    more: string,
    from?: string,
    graceHours = 24,
  ): Promise<void> {
    const yaml = chatYaml
      .replace('monthly: "499.00"', `monthly: "${price}"`)
      .replace('mau: "0.09"', `mau: "${more}"`)
      .concat(`\nbilling: { graceHours: ${graceHours} }\n`)
    const contracts = await openContracts({ store })
    const proposed = { yaml, source: 'api' as const, pricesFromMs: from === undefined ? undefined : at(from) }
    const taken = await store.db.transaction().execute(trx => contracts.take(trx, proposed, at(day)))
    expect(taken.kind).toBe('taken')
  }

  async function closeAt(instant: string): Promise<void> {
    const errors: object[] = []
    const log = { warn: (facts: object) => errors.push(facts), error: (facts: object) => errors.push(facts) }
    const job = closeMonthJob({
      db: store.db,
      agreements: createAgreements(),
      evidenceKey: testKey,
      usage: directUsageReader(store.db),
      mails: createMails({ smtpUrl: undefined, from: '', log: { warn: () => undefined } }),
      testClock: false,
    })
    const clock = () => at(instant)
    const runner = startJobRunner({
      db: store.db,
      jobs: [job],
      nodeId: instant,
      clock,
      realClock: clock,
      log,
    })
    await runner.runDue()
    await runner.stop()
    expect(errors).toEqual([])
  }

  /** The version an invoice names, and its amounts: the fee, or its parts, and the overage. */
  async function billed(month: string): Promise<[version: number, amounts: string[]]> {
    const { document } = await invoiceFor(store.db, 'acme', month)
    return [document.contractVersion, document.lines.map(({ amount }) => amount)]
  }

  test('that is changed within the month holds from the next', async () => {
    await load('2026-10-15', '600.00', '0.50')
    await closeAt('2026-12-02')
    expect(await billed('2026-10')).toEqual([1, ['499.00', '0.90']])
    expect(await billed('2026-11')).toEqual([2, ['600.00', '5.00']])
  })

  test('that is changed after the month, before it closes, does not touch it', async () => {
    await load('2026-11-01T05:00:00Z', '600.00', '0.50')
    await closeAt('2026-11-02')
    expect(await billed('2026-10')).toEqual([1, ['499.00', '0.90']])
  })

  test('that is dated into the month splits the fee by the second; rates and name are those of its end', async () => {
    await load('2026-10-10', '600.00', '0.50', '2026-11-16')
    await closeAt('2026-12-02')
    expect(await billed('2026-10')).toEqual([1, ['499.00', '0.90']])
    expect(await billed('2026-11')).toEqual([2, ['249.50', '300.00', '5.00']])
  })

  test('that begins with the first instant of the next month is not yet that of this one', async () => {
    await load('2026-10-10', '600.00', '0.50', '2026-11-01T00:00:00Z')
    await closeAt('2026-11-02')
    expect(await billed('2026-10')).toEqual([1, ['499.00', '0.90']])
  })

  test('that begins with the last second of the month is that of the month', async () => {
    await load('2026-10-10', '600.00', '0.50', '2026-10-31T23:59:59Z')
    await closeAt('2026-11-02')
    const [version, amounts] = await billed('2026-10')
    expect([version, amounts.at(-1)]).toEqual([2, '5.00'])
  })

  test('is the later decision where two were dated to one day, and the one that was overtaken is never named', async () => {
    await load('2026-10-10', '700.00', '0.70', '2026-11-20')
    await load('2026-10-12', '600.00', '0.50', '2026-11-16')
    await closeAt('2026-12-02')
    expect(await billed('2026-11')).toEqual([3, ['249.50', '300.00', '5.00']])
  })

  test('says how long its hours of grace are, whatever a later version says', async () => {
    await load('2026-10-15', '600.00', '0.50', undefined, 1)
    await closeAt('2026-11-01T23:59:59Z')
    await expect(billed('2026-10')).rejects.toThrow('no invoice of acme for 2026-10')
    await closeAt('2026-11-02T00:00:00Z')
    expect(await billed('2026-10')).toEqual([1, ['499.00', '0.90']])
    await closeAt('2026-12-01T01:00:00Z')
    expect(await billed('2026-11')).toEqual([2, ['600.00', '5.00']])
  })

  test('corrects a closed month at the rates that month had', async () => {
    await load('2026-10-15', '600.00', '0.50')
    await closeAt('2026-11-02')
    await use(store.db, 'acme', crowd(30, '2026-10-31'))
    await closeAt('2026-12-02')
    expect(await billed('2026-11')).toEqual([2, ['600.00', '5.00', '0.90']])
  })
})
