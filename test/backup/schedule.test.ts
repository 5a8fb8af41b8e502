import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listBackups } from '../../src/store/backups/write-backup.ts'
import { chatContract, eventually, startTestWeir } from '../e2e/harness.ts'
import { startProcess } from '../e2e/process.ts'
import { controlOf, newCluster, startNode } from '../nodes/node-process.ts'
import { type PrivatePostgres, startPrivatePostgres } from '../private-postgres.ts'

const UPSTREAM = 'http://127.0.0.1:9'
let folder: string
let contract: string
let postgres: PrivatePostgres
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-schedule-'))
  contract = join(folder, 'contract.yaml')
  writeFileSync(contract, chatContract)
  postgres = await startPrivatePostgres()
})
afterAll(async () => {
  await postgres.stop()
  rmSync(folder, { recursive: true })
})

async function lastBackupSeconds(control: string): Promise<number> {
  const text = await (await fetch(`${control}/metrics`)).text()
  return Number(/^weir_last_backup_seconds (\S+)$/m.exec(text)?.[1])
}

/** A Weir with a store in a file, whose hours are seconds. */
const serve = (data: string, to: string) => {
  const time = ['--test-clock', '2026-04-01T00:00:00Z,3600', '--backup-to', to, '--backup-every-hours', '1']
  const ports = ['--port', '0', '--control-port', '0', '--threads', '1', '--counters', '65536']
  const start = ['--contract', contract, '--upstream', UPSTREAM, '--data', join(folder, data)]
  return ['serve', ...start, ...ports, ...time, '--backup-keep', '2']
}

test('backups come round, the newest stay, and the metric tells of the last', async () => {
  const to = join(folder, 'round')
  mkdirSync(join(to, '.scheduled-weir-left-by-a-dead-one'), { recursive: true })
  const weir = startProcess(serve('round-data', to))
  const control = await controlOf(weir)
  await weir.shows(/old backups were removed/)
  expect(await lastBackupSeconds(control)).toBeGreaterThan(Date.UTC(2026, 3, 1) / 1000)
  expect(await weir.end()).toBe(0)
  expect(weir.stdout().match(/"a backup was made"/g)!.length).toBeGreaterThan(2)
  expect(readdirSync(to).filter(name => name.startsWith('.'))).toEqual([])
  const left = listBackups(to)
  expect(left.length).toBeLessThanOrEqual(3)
  expect(left.at(-1)).toContain('weir-2026-04-01T')
  const { rows } = JSON.parse(readFileSync(join(left[0]!, 'manifest.json'), 'utf8'))
  expect(rows).toMatchObject({ contract_versions: 1 })
})

test.skipIf(process.platform === 'win32')(
  'a full disk is an alarm in the log, and the backups that are there stay',
  async () => {
    const to = join(folder, 'full')
    const whole = startProcess(serve('full-data', to))
    await whole.shows(/"a backup was made"/)
    await whole.end()
    const before = listBackups(to)
    expect(before.length).toBeGreaterThan(0)
    // A process that may write files of 100 KiB at most: the write fails as on a full disk. The database is larger.
    const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
    const args = ['backup', '--data', join(folder, 'full-data'), '--to', to]
    const limited = `trap '' XFSZ; ulimit -f 100; exec "$0" "$@"`
    const child = spawn('bash', ['-c', limited, process.execPath, main, ...args], { stdio: 'pipe' })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
    expect((await once(child, 'close'))[0]).toBe(1)
    expect(said).toContain('no backup was made in')
    expect(said).toContain('Those that are there stand')
    expect(listBackups(to)).toEqual(before)
    expect(readdirSync(to).filter(name => name.startsWith('.'))).toEqual([])
  },
  60_000,
)

test('a backup that fails is an alarm in the log, and Weir goes on', async () => {
  const to = join(folder, 'a-file')
  writeFileSync(to, '')
  const lines: string[] = []
  const settings = { backupTo: to, logLevel: 'error' }
  const weir = await startTestWeir({
    upstream: UPSTREAM,
    settings,
    logTo: { write: line => lines.push(line) },
  })
  await eventually(
    async () => lines.join(''),
    text => text.includes('a job failed and will be tried again') && text.includes('no backup was made in'),
    60_000,
  )
  expect(await lastBackupSeconds(weir.weir.controlUrl)).toBe(0)
  await weir.stop()
})

test('of two control nodes exactly one makes the backup of a period', async () => {
  const to = join(folder, 'shared')
  const cluster = newCluster(join(folder, 'nodes'), await postgres.createDatabase())
  const args = [
    '--role',
    'control',
    '--contract',
    contract,
    '--backup-to',
    to,
    '--backup-every-hours',
    '8784',
  ]
  const nodes = ['a', 'b'].map(name => startNode(cluster, name, args))
  const controls = await Promise.all(nodes.map(controlOf))
  for (const control of controls) {
    await eventually(
      () => lastBackupSeconds(control),
      seconds => seconds > 0,
      60_000,
    )
  }
  expect(await Promise.all(nodes.map(node => node.end()))).toEqual([0, 0])
  const made = nodes.flatMap(node => node.stdout().match(/"a backup was made"/g) ?? [])
  expect([made.length, listBackups(to).length]).toEqual([1, 1])
})
