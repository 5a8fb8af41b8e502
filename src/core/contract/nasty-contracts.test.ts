import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { readContract } from './read-contract.ts'

const BYTES = 1024 * 1024
/** Of this thread alone: each takes well under half a second; unbounded they took four to eight, and some the whole memory. */
const WITHIN_CPU_MS = 4000

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}

const chat = readFileSync(new URL('../../../contracts/chat.yaml', import.meta.url), 'utf8')

/** As often as it fits into 1 MiB. */
const filled = (piece: string, before = '') =>
  before + piece.repeat(Math.floor((BYTES - before.length) / piece.length))

function lines(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => line(i)).join('')
}

/** The chat contract with one section written anew. */
function withSection(name: string, content: string): string {
  return `${chat.replace(new RegExp(`^${name}:[\\s\\S]*?(?=^\\w)`, 'm'), '')}\n${name}:\n${content}`
}

const platforms = (pattern: string) =>
  withSection(
    'platforms',
    lines(1000, i => `  p${i}: { header: x-client, matches: "${pattern}" }\n`),
  )

it.each([
  ['a list of 500,000', filled('a,', '[')],
  ['empty lists', filled('[],', '[')],
  ['a million opening brackets', filled('[')],
  ['maps in maps', filled('{a: ')],
  ['lists in lists', filled('- ')],
  ['a key a line', filled('a:\n')],
  ['comments', filled('#\n')],
  ['quotes that never close', filled('"\n')],
  ['directives', filled('%\n')],
  ['documents', filled('---\n')],
  ['a thousand thousand aliases', filled('- *a\n', 'a: &a x\nb:\n')],
])('a contract of %s is not even parsed', (_, text) => {
  const before = process.threadCpuUsage()
  const result = readContract(text, 'c.yaml', () => undefined)
  expect(result).toMatchObject({
    ok: false,
    mistakes: [{ message: expect.stringContaining('too many values') }],
  })
  expect(cpuMsSince(before)).toBeLessThan(WITHIN_CPU_MS)
})

it.each([
  ['one folded text', filled(' x\n\n', 'a: >\n')],
  ['one quoted text', filled('x\n ', 'a: "')],
  ['one plain text', filled('x\n ', 'a: ')],
  ['ever deeper lines', lines(1400, i => `${' '.repeat(i)}a:\n`)],
  ['expressions that are slow to judge', platforms('a{1000}')],
  ['long expressions', platforms('(?:(?:a{100}){100}){100}'.repeat(30))],
  ['expressions that are just quick', platforms('(?:a{9}){9}')],
  [
    'unknown names among thousands of known ones',
    withSection(
      'endpoints',
      lines(4000, i => `  E${i}: GET /e${i}\n`),
    ) +
      withSection('limits', `  app:\n    default: 1\n${lines(4000, i => `    X${i}: 7\n`)}`).slice(
        chat.length / 2,
      ),
  ],
  [
    'spans that end before they begin',
    withSection(
      'calendars',
      `  a:\n    timezone: UTC\n    days: { mon: [${lines(15_000, () => '"10:00-09:00",')}] }\n`,
    ),
  ],
])('a contract of %s is read in bounded time, and its mistakes are bounded too', (_, text) => {
  const before = process.threadCpuUsage()
  const result = readContract(text, 'c.yaml', () => undefined)
  expect(result.ok).toBe(false)
  expect(result.ok ? 0 : result.mistakes.length).toBeLessThanOrEqual(400)
  expect(cpuMsSince(before)).toBeLessThan(WITHIN_CPU_MS)
})

it('after three expressions that can run long the others wait, and seventeen are one too many', () => {
  const messages = (pattern: string) => {
    const result = readContract(platforms(pattern), 'c.yaml', () => undefined)
    return result.ok ? [] : result.mistakes.map(({ message }) => message)
  }
  expect(messages('(a+)+$').filter(message => message.includes('can run long'))).toHaveLength(3)
  expect(messages('(a+)+$').some(message => message.includes('is not judged before'))).toBe(true)
  expect(messages('^ios/[0-9.]+$').find(message => message.includes('one too many'))).toContain(
    '`platforms.p16.',
  )
  expect(messages('ios|android').some(message => message.includes('matches'))).toBe(false)
})
