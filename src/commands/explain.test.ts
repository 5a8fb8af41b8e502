import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Readable, Writable } from 'node:stream'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { explainers } from './explain/kinds.ts'
import { InputError } from './explain/input-error.ts'
import { runExplain } from './explain.ts'

async function explain(kind: string, input: string) {
  const written = { out: '', err: '' }
  const sink = (to: 'out' | 'err') =>
    new Writable({
      write(chunk, _encoding, done) {
        written[to] += String(chunk)
        done()
      },
    })
  const streams = { stdin: Readable.from([Buffer.from(input)]), stdout: sink('out'), stderr: sink('err') }
  const status = await runExplain(kind, streams)
  const answers = written.out.split('\n').slice(0, -1)
  return {
    status,
    answers: answers.map(line => JSON.parse(line) as Record<string, unknown>),
    err: written.err,
  }
}

const MAKER = '{"members":5,"monthlyRevenue":"1","funding":"1"}'

async function errorOf(kind: string, input: object | string): Promise<unknown> {
  const { status, answers } = await explain(kind, typeof input === 'string' ? input : JSON.stringify(input))
  expect(status).toBe(1)
  expect(answers).toHaveLength(1)
  return answers[0]?.['error']
}

describe('weir explain', () => {
  it('answers a bad line in its place, goes on, and ends with status 1', async () => {
    const { status, answers } = await explain('maker', [MAKER, 'oops', '', MAKER, '[]'].join('\n'))
    expect(status).toBe(1)
    expect(answers.map(answer => answer['eligible'] ?? answer['error'])).toEqual([
      true,
      'line 2: column 1 is where this stops being JSON',
      'line 3: expected a JSON object; found an empty line',
      true,
      'line 5: expected a JSON object; found a list',
    ])
    expect((await explain('maker', `${MAKER}\n`)).status).toBe(0)
  })

  it('says of a kind that it does not know which one was meant', async () => {
    expect(await explain('claims', '')).toEqual({
      status: 1,
      answers: [],
      err: 'weir explain: there is no kind `claims`; did you mean `claim`?\n',
    })
  })

  it('ends quietly when whoever reads has seen enough', async () => {
    const main = fileURLToPath(new URL('../main.ts', import.meta.url))
    const child = spawn(process.execPath, [main, 'explain', 'maker'])
    let stderr = ''
    child.stderr.on('data', part => (stderr += String(part)))
    // The pipe to a process that has ended breaks, which is what is meant here.
    child.stdin.on('error', () => child.stdin.destroy())
    const feed = () => {
      while (child.stdin.writable && child.stdin.write(`${MAKER}\n`.repeat(1000)));
    }
    child.stdin.on('drain', feed)
    feed()
    await once(child.stdout, 'data')
    child.stdout.destroy()
    const [status] = await once(child, 'close')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })
})

const credit = { sla: { form: 'none' }, base: '1.00', downSeconds: 0, month: '2026-04' }
const plan = { price: '1', includes: { mau: 1 }, overage: { mau: '1' } }
const span = { start: '2026-03-03T00:00:00Z', end: '2026-03-03T00:00:01Z' }

describe('a mistake', () => {
  it.each([
    [
      'credit',
      { ...credit, base: 1 },
      '`base`: expected an amount in quotes, not negative, such as `"99.00"`; found 1 without quotes',
    ],
    [
      'credit',
      { ...credit, base: '-1' },
      '`base`: expected an amount in quotes, not negative, such as `"99.00"`; found "-1"',
    ],
    [
      'credit',
      { ...credit, downSeconds: 2_592_001 },
      '`downSeconds`: expected at most 2592000, the seconds of 2026-04 in UTC; found 2592001',
    ],
    [
      'credit',
      { ...credit, month: '2026-4' },
      '`month`: expected a month such as `"2026-04"`; found "2026-4"',
    ],
    [
      'credit',
      { ...credit, timezone: 'Mars/One' },
      '`timezone`: expected an IANA time zone, such as `Europe/Berlin`; found "Mars/One"',
    ],
    [
      'credit',
      {
        ...credit,
        sla: { form: 'tiered', tiers: [{ below: '99', credit: '1' }], cap: '5', timezone: 'Mars/One' },
      },
      '`sla.timezone`: expected an IANA time zone; found "Mars/One"',
    ],
    [
      'credit',
      { ...credit, currency: 'XYZ' },
      '`currency`: expected an ISO 4217 code, such as `USD`; found "XYZ"',
    ],
    [
      'overage',
      { plan: { ...plan, includes: { mua: 1 } }, usage: {} },
      'unknown key `plan.includes.mua`; did you mean `mau`?',
    ],
    [
      'overage',
      {
        plan: {
          ...plan,
          overage: { mau: { tiers: [{ upTo: 2, price: '1' }, { upTo: 1, price: '1' }, { price: '1' }] } },
        },
        usage: {},
      },
      '`plan.overage.mau.tiers[1].upTo`: expected a whole number above 2; found 1',
    ],
    [
      'overage',
      { plan: { ...plan, overage: { mau: { tiers: [{ upTo: 2, price: '1' }] } } }, usage: {} },
      '`plan.overage.mau.tiers[0].upTo`: expected no `upTo` in the last tier; found 2',
    ],
    [
      'maker',
      { members: 5, monthlyRevenue: '1' },
      '`funding` is missing; expected an amount in quotes, not negative, such as `"99.00"`',
    ],
    [
      'exclusion',
      { outages: [{ start: span.end, end: span.start }] },
      '`outages[0].end`: expected an instant that is not before `start`; found "2026-03-03T00:00:00Z"',
    ],
    [
      'exclusion',
      { outages: [{ ...span, end: '2026-02-30T00:00:00Z' }] },
      '`outages[0].end`: expected an instant with its offset, such as `"2026-04-01T00:00:00Z"`; found "2026-02-30T00:00:00Z"',
    ],
    [
      'claim',
      { incidentEnd: span.end, claimedAt: '2026-03-03' },
      '`claimedAt`: expected an instant with its offset, such as `"2026-04-01T00:00:00Z"`; found "2026-03-03"',
    ],
    [
      'claim',
      { incidentStart: span.end, incidentEnd: span.start, claimedAt: span.end },
      '`incidentEnd`: expected an instant that is not before `incidentStart`',
    ],
    [
      'downtime',
      { slices: [{ valid: 1, failed: 2 }] },
      '`slices[0].failed`: expected at most `valid`, 1; found 2',
    ],
  ])('in %s is named with its place and what was expected: %j', async (kind, input, words) => {
    expect(await errorOf(kind, input)).toBe(`line 1: ${words}`)
  })

  it('that is made a thousand times is told a few times', async () => {
    const error = await errorOf('downtime', {
      slices: Array.from({ length: 1000 }, () => ({ valid: 'x', failed: 0 })),
    })
    expect(error).toMatch(/`slices\[4\]\.valid`: [^;]+; found "x"; and 995 more$/)
  })

  it('is all that any input can lead to', () => {
    const kinds = [...explainers].map(([kind, explainer]) => ({ explainer, input: workedInput(kind) }))
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('99.9', '-1', '9'.repeat(50), '2026-04', '9999-12', '0000-01', 0, 1e21, 1e-7),
    )
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.nat(), value, ({ explainer, input }, place, replacement) => {
        try {
          expect(explainer(replaced(input, place, replacement)).because.length).toBeGreaterThan(0)
        } catch (error) {
          if (!(error instanceof InputError)) throw error
        }
      }),
      { numRuns: 2000 },
    )
  })
})

function workedInput(kind: string): unknown {
  const rows = readFileSync(new URL(`../../test/golden/${kind}.json`, import.meta.url), 'utf8')
  return (JSON.parse(rows) as { input: unknown }[])[0]?.input
}

/** The same input with the value at one place, counted in reading order, replaced by another. */
function replaced(input: unknown, place: number, replacement: unknown): unknown {
  let places = 0
  JSON.stringify(input, (_, value: unknown) => (places++, value))
  let index = 0
  return JSON.parse(
    JSON.stringify(input, (_, value: unknown) => (index++ === place % places ? replacement : value)),
  )
}
