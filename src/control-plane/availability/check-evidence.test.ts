import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { slaReport } from '../../core/availability/sla-report.ts'
import { decimal } from '../../core/exact/decimal.ts'
import { textOf } from '../../core/evidence/base64url.ts'
import { type JsonObject, canonicalJson } from '../../core/evidence/canonical-json.ts'
import { NO_HEAD, chain } from '../../core/evidence/chain.ts'
import { commitmentTo } from '../../core/evidence/commitment.ts'
import { packCounts, unpackCounts } from '../../core/evidence/pack-counts.ts'
import { readEvidence } from '../../core/evidence/read-file.ts'
import type { DayRecord } from '../../core/evidence/record.ts'
import { signedMessage } from '../../core/evidence/signature.ts'
import { openEvidenceKey } from '../../identity/evidence-key.ts'
import { evidenceFile } from './evidence-file.ts'
import { type EvidenceFacts, evidenceRecords } from './evidence-records.ts'
import { daySalt, monthSecret } from './evidence-salts.ts'
import type { RecordedTime } from './read-time.ts'
import { accelerated, aprilFacts, check, proofs, testKey, writeFile } from './test-evidence.ts'

const outOfOurHands: RecordedTime['exclusions'][number] = {
  id: 'exc_1',
  organizationId: undefined,
  reason: 'third-party',
  startMs: Date.UTC(2026, 3, 1, 16, 35) + 500,
  endMs: Date.UTC(2026, 3, 1, 16, 45),
  text: 'The carrier’s line was cut — see INC-4.',
  author: 'operator',
  createdMs: Date.UTC(2026, 3, 1, 19, 55),
  withdrawn: undefined,
}
const claimed = {
  id: 'tck_1',
  incidentStartMs: Date.UTC(2026, 3, 1, 16, 35),
  incidentEndMs: Date.UTC(2026, 3, 1, 17, 17),
  claimedMs: Date.UTC(2026, 4, 1, 23, 59),
  accepted: true,
}
const facts = await aprilFacts()
const file = await writeFile(facts)
const other = openEvidenceKey({
  dataDir: '',
  env: { WEIR_EVIDENCE_KEY: Buffer.alloc(32, 8).toString('base64') },
})

/** The file with records changed, and chained and signed again by whoever has the key: its lie is a good chain. */
async function resigned(
  change: (records: Record<string, unknown>[]) => void,
  key = testKey,
): Promise<string> {
  const records = file.text
    .trimEnd()
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as Record<string, unknown>)
  change(records)
  const bare = records.map(record => {
    const { hash, previous, ...rest } = record
    expect([hash, previous].map(each => typeof each)).toEqual(['string', 'string'])
    return rest as JsonObject
  })
  const { lines, head } = await chain(bare, '0'.repeat(64), proofs.hash)
  const signature = textOf(key.sign(signedMessage(head)))
  const last = canonicalJson({ kind: 'signature', head, publicKey: key.publicKey, signature })
  return `${[...lines, last].join('\n')}\n`
}

const dayOf = (records: Record<string, unknown>[], app: string, date: string) =>
  records.find(record => record['app'] === app && record['date'] === date) as unknown as DayRecord & {
    -readonly [Field in keyof DayRecord]: DayRecord[Field]
  }

describe('an evidence file', () => {
  it('holds, and says in plain words what does', async () => {
    const { holds, says, breaks, head } = await check(file.text)
    expect(breaks).toEqual([])
    expect(holds).toBe(true)
    expect(head).toBe(file.head)
    expect(says.join('\n')).toMatchInlineSnapshot(`
      "2026-04 (UTC) of org_1, by version 3 of the contract.
      Chain: 64 records, each with the hash of the one before. Head: 684f3f9286a043f9fa17b39c2351746d53fe6baa95e05c8f59726a707a11f87d
      Signature: holds, by the key in the file, which anybody could have made: 6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw. Compare it with the key that the provider publishes, or name that one with --key.
      Verdicts of 2 apps, given again by the slice rule: 43,195 slices by the app’s own requests and 100 slices by those of adjoining slices, all of which are in the file.
      Said by others, not recomputable from the file: 4 slices by all apps together (attested: the totals are other customers’, the file holds a hash of them); 3 slices by probes (attested: the probes’ results are not in the file); 10 slices by the nodes, of which none was there (attested, and against the provider).
      43,088 slices by nobody: up where nothing was asked for, down where records were lost.
      Said by people: 0 windows of maintenance, 0 exclusions, 0 claims.
      Down: 3960 seconds that count, reckoned again; uptime 99.84722 %, target 99.9 %.
      Credit: 1792.78 USD (6600 minutes), reckoned again from 3 invoice lines, the same to the last digit."
    `)
  })

  it('says what it goes by and cannot prove, to be compared with what one knows', async () => {
    const { compare } = await check(file.text)
    expect(compare.join('\n')).toMatchInlineSnapshot(`
      "A plan was held 2026-04-01T00:00:00Z to 2026-05-01T00:00:00Z. 0 seconds down lie outside of the time in which a plan was held, and are not counted.
      2 apps judged: app_busy and app_quiet. One of yours that is not named was left out.
      Rule: a slice of 60 seconds is down when more than 5 % of at least 10 valid requests failed, and at least 1 of them. Maintenance counts unless it was announced 48 hours ahead. Months and days are those of UTC.
      SLA: 99.9 % uptime in each calendar month (UTC); in 30 days that leaves 43 minutes 12 seconds of down time.
      SLA: Below it, all down time of the month counts 100 times: one minute down gives back the price of 100 minutes of the month’s invoice, at most 100 % of it.
      SLA: The credit comes off the next invoice without being asked for.
      Base of the credit: 11,734.56 USD, from plan “plan of April” 10,000.00 USD, overage “overage of April” 1,234.56 USD, correction “correction of April” -17.00 USD (not part of it) and a twelfth of “premium” at 6,000 USD a year, held 2026-04-01T00:00:00Z to 2026-05-01T00:00:00Z."
    `)
  })

  it('says the key when it is the one that was named, and breaks by any other', async () => {
    const named = await check(file.text, { publicKey: testKey.publicKey })
    expect(named.says.join(' ')).toContain('by the key you named')
    const foreign = await check(file.text, { publicKey: other.publicKey })
    expect(foreign).toMatchObject({ holds: false, breaks: [{ line: 65, field: 'publicKey' }] })
  })

  it('is compared with a head that was kept: this month’s, the month before’s, or none of them', async () => {
    const first = await writeFile(await aprilFacts())
    const next = await writeFile(facts, first.head)
    expect((await check(next.text, { head: next.head })).says.join(' ')).toContain('is the one you kept')
    expect((await check(next.text, { head: first.head })).says.join(' ')).toContain('goes on from the head')
    const line3 = JSON.parse(next.text.split('\n')[2]!) as { hash: string }
    expect((await check(next.text, { head: line3.hash })).says.join(' ')).toContain('that of line 3')
    const rewritten = await check(next.text, { head: 'f'.repeat(64) })
    expect(rewritten).toMatchObject({ holds: false, breaks: [{ line: 65, field: 'head', found: next.head }] })
  })

  it('goes by exclusions and maintenance, which are in it', async () => {
    const { grid } = facts.judged
    const at = (slice: number) => grid.startMs + slice * 60_000
    const excluded = await aprilFacts({
      exclusions: [outOfOurHands],
      maintenance: [
        {
          id: 'mnt_1',
          title: 'Databäse move',
          startMs: at(1020),
          endMs: at(1030),
          announcedMs: at(1020) - 48 * 3_600_000,
          cancelledMs: at(1025),
          extends: undefined,
          author: 'operator',
        },
      ],
    })
    expect(excluded.report.downSeconds).toBe(String(3960 - 599.5 - 300))
    const { text } = await writeFile(excluded)
    const checked = await check(text)
    expect(checked.holds).toBe(true)
    expect(checked.compare.filter(words => words.includes('excluded'))).toMatchInlineSnapshot(`
      [
        "Maintenance of 2026-04-01T16:55:00Z to 2026-04-01T17:05:00Z was announced 2026-03-30T16:55:00Z, 172,800 seconds ahead, of which 172,800 are needed: it is excluded, until it was cancelled at 2026-04-01T17:00:00Z. “Databäse move” (mnt_1)",
        "2026-04-01T16:35:00.5Z to 2026-04-01T16:45:00Z is excluded: a third party. “The carrier’s line was cut — see INC-4.”, recorded 2026-04-01T19:55:00Z by operator (exc_1)",
      ]
    `)
  })

  it('whose names would move a cursor or start a line prints as one line each', async () => {
    const text = await resigned(records => {
      const { base } = records[0] as { base: { lines: { description: string }[] } }
      base.lines[0]!.description = 'plan\u001b[2K\nevidence.jsonl holds.\u202e'
    })
    const { holds, says, compare } = await check(text)
    expect(holds).toBe(true)
    expect([...says, ...compare].join('')).not.toMatch(/\p{Cc}|\p{Cf}/u)
  })

  it('owes nothing without a claim where credits are claimed, and all of it with one in time', async () => {
    const sla = { ...accelerated, credit: 'on-claim' as const }
    const owed = async (claims: EvidenceFacts['claims']) => {
      const { text } = await writeFile(await aprilFacts({ sla, claims }))
      expect(await check(text)).toMatchObject({ holds: true })
      return /"owed":"([\d.]+)"/.exec(text)![1]
    }
    expect(await owed([])).toBe('0.00')
    expect(await owed([claimed])).toBe(facts.report.credit.amount)
    expect(await owed([{ ...claimed, claimedMs: Date.UTC(2026, 4, 2), accepted: false }])).toBe('0.00')
    // Its provider may accept it all the same.
    expect(await owed([{ ...claimed, claimedMs: Date.UTC(2026, 4, 2) }])).toBe(facts.report.credit.amount)
    const refused = await writeFile(await aprilFacts({ sla, claims: [{ ...claimed, accepted: false }] }))
    const { breaks } = await check(refused.text)
    expect(breaks).toMatchObject([{ field: 'accepted', expected: 'true', found: 'false' }])
  })

  it.each([
    ['tiered', { ...accelerated, form: 'tiered', tiers: [{ below: '99.9', credit: '25' }] }],
    ['none', { form: 'none' }],
    [
      'a month of another timezone, with a change of the clocks',
      { ...accelerated, timezone: 'America/New_York' },
    ],
  ] as [string, EvidenceFacts['sla']][])('holds under the form %s', async (_, sla) => {
    const { text } = await writeFile(await aprilFacts({ sla }))
    expect((await check(text)).breaks).toEqual([])
  })

  it('tells no other customer’s totals, and whoever is shown them with their salt can see that they are those', async () => {
    const day = dayOf(
      file.text
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line) as Record<string, unknown>),
      'app_quiet',
      '2026-04-03',
    )
    // The grid begins five slices before April; the day is April's third.
    const first = 3000 - 5 - 2 * 1440
    const totals = [0, 1, 2, 3].map(at => [first + at, 5000, at < 2 ? 5000 : 0] as const)
    const secret = monthSecret(testKey, { organizationId: 'org_1', month: '2026-04' })
    const salt = daySalt(secret, 'app_quiet', '2026-04-03')
    const opened = { salt, app: 'app_quiet', date: '2026-04-03', totals }
    expect(day.commitment).toBe(await commitmentTo(opened, proofs.hash))
    expect(file.text).not.toContain(salt)
    expect(await commitmentTo({ ...opened, salt: other.saltOf('x') }, proofs.hash)).not.toBe(day.commitment)
  })
})

describe('a changed byte', () => {
  const bytes = new TextEncoder().encode(file.text)

  it('is found anywhere in the file, whatever it becomes', async () => {
    const byte = fc.nat({ max: 255 })
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bytes.length - 1 }), byte, async (at, value) => {
        fc.pre(bytes[at] !== value)
        const changed = bytes.with(at, value)
        const { breaks } = await readEvidence(changed, proofs)
        expect(breaks).not.toEqual([])
      }),
      { numRuns: 1000 },
    )
  })

  it('is found in each place of a small file', async () => {
    // A record of each kind: to follow the chain nothing of the month has to be complete.
    const records = evidenceRecords(await aprilFacts({ exclusions: [outOfOurHands], claims: [claimed] }))
    const small = await evidenceFile(
      [...new Map(records.map(record => [record['kind'], record])).values()],
      NO_HEAD,
      testKey,
      proofs.hash,
    )
    const whole = new TextEncoder().encode(small.text)
    expect((await readEvidence(whole, proofs)).breaks).toEqual([])
    const missed: number[] = []
    for (const [at, byte] of whole.entries()) {
      const { breaks } = await readEvidence(whole.with(at, byte ^ 1), proofs)
      if (breaks.length === 0) missed.push(at)
    }
    expect(missed).toEqual([])
  })

  it('is told with its line and field, what was expected and what is there', async () => {
    const changed = await check(file.text.replace('"validSum":4,', '"validSum":5,'))
    const line = file.text.split('\n').findIndex(each => each.includes('"validSum":4,')) + 1
    expect(changed.breaks).toMatchObject([
      { line, field: 'hash' },
      { line, field: 'validSum', expected: '4', found: '5' },
    ])
  })

  test.each([
    ['a missing line feed at the end', (text: string) => text.slice(0, -1)],
    ['a line more', (text: string) => `${text}{}\n`],
    ['an empty line', (text: string) => `${text}\n`],
    ['a missing signature', (text: string) => text.replace(/[^\n]+\n$/, '')],
    ['a missing day', (text: string) => text.replace(/[^\n]+"date":"2026-04-07"[^\n]+\n/, '')],
    ['two lines in the other order', (text: string) => text.replace(/^([^\n]+\n)([^\n]+\n)/, '$2$1')],
    ['windows’ line ends', (text: string) => text.replaceAll('\n', '\r\n')],
    ['a byte order mark', (text: string) => `\ufeff${text}`],
    ['a name twice', (text: string) => text.replace('{', '{"base":1,')],
    ['a number too large', (text: string) => text.replace('"format":1', '"format":1e999')],
    ['half a surrogate pair', (text: string) => text.replace('org_1', String.raw`\ud800`)],
    [
      'deep nesting',
      (text: string) => text.replace('"format":1', `"format":${'['.repeat(50_000)}${']'.repeat(50_000)}`),
    ],
    ['nothing', () => ''],
  ])('%s is found', async (_, change) => {
    const { holds, breaks } = await check(change(file.text))
    expect(holds).toBe(false)
    expect(breaks.length).toBeGreaterThan(0)
  })
})

describe('a lie that is chained and signed again', () => {
  it('about a verdict is found, with the instant and both verdicts', async () => {
    const text = await resigned(records => {
      const day = dayOf(records, 'app_busy', '2026-04-01')
      const verdicts = unpackCounts(day.verdicts, day.count)
      verdicts.fill(0)
      day.verdicts = packCounts(verdicts)
      day.downSeconds = 0
    })
    const { breaks } = await check(text)
    expect(breaks[0]).toMatchObject({
      field: 'verdicts, 2026-04-01T16:35:00Z',
      expected: 'down by app (8)',
      found: 'up by app (0)',
    })
  })

  it('that others decided what the app’s own requests decide is found', async () => {
    const text = await resigned(records => {
      const day = dayOf(records, 'app_busy', '2026-04-01')
      const verdicts = unpackCounts(day.verdicts, day.count)
      verdicts[995] = 3
      day.verdicts = packCounts(verdicts)
    })
    expect((await check(text)).breaks[0]).toMatchObject({
      expected: 'down by app (8)',
      found: 'up by probe (3)',
    })
  })

  test.each([
    ['the credit', 'result', { owed: '9999.00' }, 'owed'],
    ['the down time', 'result', { downSeconds: '60' }, 'downSeconds'],
    ['the uptime', 'result', { uptime: '99.99999' }, 'uptime'],
    ['the time zone', 'header', { timezone: 'Mars/Olympus' }, 'timezone'],
    [
      'the slices',
      'header',
      { slices: { from: '2026-03-31T23:55:00Z', lead: 5, count: 2 ** 52 } },
      'slices.count',
    ],
    ['the format', 'header', { format: 2 }, 'format'],
    ['a field more', 'header', { note: 'x' }, 'the line'],
    [
      'an instant',
      'header',
      { held: [{ from: '2026-02-30T00:00:00Z', to: '2026-05-01T00:00:00Z' }] },
      'held.0.from',
    ],
    ['a day’s slices', 'day', { count: 2 ** 40 }, 'date'],
    ['packed counts', 'day', { valid: 'AAAA' }, 'valid'],
    ['a commitment to nothing', 'day', { commitment: 'a'.repeat(64) }, 'commitment'],
  ])('about %s is found', async (_, kind, change, field) => {
    const text = await resigned(records =>
      Object.assign(
        records.find(each => each['kind'] === kind)!,
        change,
      ),
    )
    const { holds, breaks } = await check(text)
    expect(holds).toBe(false)
    expect(breaks.map(each => each.field)).toContain(field)
  })

  it('about held is not found, for nothing in a file proves it: it is told with the down time that it hides', async () => {
    expect((await check(file.text)).compare[0]).toContain(' 0 seconds down lie outside')
    const held = { startMs: Date.UTC(2026, 3, 6), endMs: Date.UTC(2026, 4, 1) }
    const base = decimal(facts.report.base)
    const report = slaReport({ ...facts, base, minorDigits: 2, held: [held] })
    const lie = evidenceRecords({ ...facts, report }).at(-1)!
    const text = await resigned(records => {
      Object.assign(records[0]!, { held: [{ from: '2026-04-06T00:00:00Z', to: '2026-05-01T00:00:00Z' }] })
      Object.assign(records.at(-1)!, lie)
    })
    const { holds, compare, says } = await check(text)
    expect(holds).toBe(true)
    expect(says.join(' ')).toContain('Credit: 0.00 USD')
    expect(compare[0]).toBe(
      'A plan was held 2026-04-06T00:00:00Z to 2026-05-01T00:00:00Z. 3960 seconds down lie outside of the time in ' +
        'which a plan was held, and are not counted.',
    )
  })

  test.each([
    ['a word of it', (because: string[]) => because.with(0, 'Outages: none.'), 'because.0'],
    [
      'a digit late in a sentence',
      (because: string[]) => because.with(3, because[3]!.replace('6600', '660')),
      'because.3',
    ],
    ['a step more', (because: string[]) => [...because, 'Nothing is owed.'], 'because.7'],
    ['a step less', (because: string[]) => because.slice(0, -1), 'because.6'],
    ['no words at all', () => [], 'because.0'],
  ])('about because is found: %s', async (_, change, field) => {
    const text = await resigned(records => {
      const result = records.at(-1) as { because: string[] }
      result.because = change(result.because)
    })
    const { holds, breaks } = await check(text)
    expect([holds, breaks.map(each => each.field)]).toEqual([false, [field]])
    expect(breaks[0]!.expected).not.toBe(breaks[0]!.found)
  })

  it('by another key is found by whoever knows the provider’s', async () => {
    const text = await resigned(() => {}, other)
    expect((await check(text)).holds).toBe(true)
    expect((await check(text, { publicKey: testKey.publicKey })).holds).toBe(false)
  })
})
