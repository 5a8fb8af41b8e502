import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { provideSystemPrograms } from './system-programs.ts'

/**
 * `npm test`: format, types, lint, dead code, then every test. All of them run even when one fails, and the last
 * line says how many tests and checks passed. With arguments only the tests they name run, as vitest takes them.
 * Programs that tests use and a machine may lack are installed first, where that can be done.
 */
const checks: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['format', 'prettier', '--check', '--log-level', 'warn', '.'],
  ['types', 'tsc', '-p', '.'],
  ['lint', 'oxlint', '--type-aware', '--deny-warnings'],
  ['dead code', 'knip'],
]

const named = process.argv.slice(2)
let passed = 0
let failed = 0

for (const [name, command, ...args] of named.length > 0 ? [] : checks) {
  const ok = run(command, args)
  process.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${name}\n`)
  if (ok) passed++
  else failed++
}

provideSystemPrograms()

// Tests start hundreds of processes: with code that is compiled once each takes a quarter less of the two cores.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'weir-compile-cache')

const folder = mkdtempSync(join(tmpdir(), 'weir-test-'))
const report = join(folder, 'report.json')
const ok = run('vitest', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...named,
])
const counts = readCounts(report)
rmSync(folder, { recursive: true, force: true })
passed += counts.passed
// A run that ends badly without a failed test (a file that does not load, a hang) has failed all the same.
failed += ok ? counts.failed : Math.max(1, counts.failed)

process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1

function run(command: string, args: readonly string[]): boolean {
  const bin = join(import.meta.dirname, '../node_modules/.bin', command)
  const { status, error } = spawnSync(bin, args, { stdio: 'inherit', shell: process.platform === 'win32' })
  if (error) process.stderr.write(`${command}: ${error.message}\n`)
  return status === 0
}

function readCounts(file: string): { passed: number; failed: number } {
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(
      readFileSync(file, 'utf8'),
    ) as {
      numPassedTests: number
      numFailedTests: number
      numFailedTestSuites: number
    }
    return { passed: numPassedTests, failed: Math.max(numFailedTests, numFailedTestSuites > 0 ? 1 : 0) }
  } catch (error) {
    process.stderr.write(`the tests left no report: ${(error as Error).message}\n`)
    return { passed: 0, failed: 1 }
  }
}
