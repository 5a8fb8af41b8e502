import { expect, it } from 'vitest'
import { openEvidenceKey } from '../../identity/evidence-key.ts'
import { daySalt, monthSecret } from './evidence-salts.ts'
import { aprilFacts, check, testKey, writeFile } from './test-evidence.ts'

const facts = await aprilFacts()
const file = await writeFile(facts)
// The grid begins five slices before April; the day is April's third.
const first = 3000 - 5 - 2 * 1440
const salt = daySalt(
  monthSecret(testKey, { organizationId: 'org_1', month: '2026-04' }),
  'app_quiet',
  '2026-04-03',
)
const opening = {
  kind: 'opening',
  organization: 'org_1',
  month: '2026-04',
  app: 'app_quiet',
  date: '2026-04-03',
  head: file.head,
  salt,
  totals: [0, 1, 2, 3].map(at => [first + at, 5000, at < 2 ? 5000 : 0]),
}
const opened = async (change: object, of = file.text) =>
  check(of, { opened: new TextEncoder().encode(JSON.stringify({ ...opening, ...change })) })

it('what was committed to holds, and is told', async () => {
  const { holds, breaks, says } = await opened({})
  expect([breaks, holds]).toEqual([[], true])
  expect(says.at(-1)).toContain('Opened: 4 slices of app_quiet on 2026-04-03')
})

it.each([
  [
    'other totals',
    { totals: opening.totals.with(0, [first, 5000, 0]) },
    ['commitment', `opening, slice ${first}`],
  ],
  ['a slice less', { totals: opening.totals.slice(1) }, ['commitment', `opening, slice ${first}`]],
  [
    'a slice that all apps did not decide',
    { totals: [...opening.totals, [first + 4, 5000, 0]] },
    ['commitment', `opening, slice ${first + 4}`],
  ],
  ['another salt', { salt: 'f'.repeat(64) }, ['commitment']],
  ['another app', { app: 'app_busy' }, ['commitment']],
  ['a day that is not in the file', { date: '2026-05-03' }, ['opening, date']],
  ['another organization', { organization: 'org_2' }, ['opening, organization']],
  ['another month', { month: '2026-05' }, ['opening, month']],
  ['another file', { head: 'f'.repeat(64) }, ['opening, head']],
  ['a field more', { note: 'x' }, ['opening, the text']],
  ['a total below zero', { totals: [[first, -1, 0]] }, ['opening, totals.0.1']],
])('%s is found', async (_, change, fields) => {
  const { holds, breaks } = await opened(change)
  expect(holds).toBe(false)
  expect(breaks.map(({ field }) => field)).toEqual(expect.arrayContaining(fields))
})

it.each([
  ['no JSON', '{'],
  ['no UTF-8', Uint8Array.of(255)],
  ['nothing', ''],
])('%s is found', async (_, bytes) => {
  const given = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes
  const { holds, breaks } = await check(file.text, { opened: given })
  expect([holds, breaks[0]?.field]).toEqual([false, 'opening, the text'])
})

it('of a file that was changed nothing is said to be opened', async () => {
  const { holds, says } = await opened({}, file.text.replace('"owed":"1792.78"', '"owed":"1792.77"'))
  expect([holds, says]).toEqual([false, []])
})

it('salts of another key are others', () => {
  const other = openEvidenceKey({
    dataDir: '',
    env: { WEIR_EVIDENCE_KEY: Buffer.alloc(32, 8).toString('base64') },
  })
  const secret = monthSecret(other, { organizationId: 'org_1', month: '2026-04' })
  expect(daySalt(secret, 'app_quiet', '2026-04-03')).not.toBe(salt)
})
