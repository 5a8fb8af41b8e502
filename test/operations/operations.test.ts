import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type TestUpstream, type TestWeir, eventually, startTestWeir, startUpstream } from '../e2e/harness.ts'
import { openStore } from '../../src/store/open-store.ts'
import { promtoolPath } from '../system-programs.ts'

const folder = new URL('../../docs/operations/', import.meta.url)
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8')
const rulesFile = new URL('prometheus-rules.yml', folder).pathname
const rulesTest = new URL('prometheus-rules.test.yml', import.meta.url).pathname

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url', string>>
}
const rules = (parse(read('prometheus-rules.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  group => group.rules,
)

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly datasource?: { readonly uid: string }
  readonly targets?: readonly { readonly expr: string }[]
}
const dashboard = JSON.parse(read('grafana/weir.json')) as {
  schemaVersion: number
  templating: { list: { name: string; type: string }[] }
  panels: Panel[]
}
const expressions = [
  ...rules.map(({ expr }) => expr),
  ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
]
/** Names of metrics, those of a histogram's series without their endings. */
const named = new Set(
  expressions.flatMap(expr =>
    [...expr.matchAll(/\bweir_[a-z_]+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, '')),
  ),
)

describe('what operators are given', () => {
  it('promtool takes the rules, and each alert fires and is quiet where it should', () => {
    const run = (...args: string[]) => execFileSync(promtoolPath, args, { encoding: 'utf8' })
    expect(run('check', 'rules', rulesFile)).toContain(`SUCCESS: ${rules.length} rules found`)
    expect(run('test', 'rules', rulesTest)).toContain('SUCCESS')
    const cases = (parse(readFileSync(rulesTest, 'utf8')) as { tests: { name: string }[] }).tests
    expect(cases.map(({ name }) => name).toSorted()).toEqual(
      rules
        .flatMap(({ alert, expr }) => [
          `${alert} fires`,
          `${alert} is quiet`,
          ...(expr.includes('weir_maintenance_under_way')
            ? [`${alert} is silent during announced work`]
            : []),
        ])
        .toSorted(),
    )
  }, 180_000)

  it('every alert has a runbook that names it, and every runbook an alert', () => {
    const written = readdirSync(new URL('runbooks/', folder)).map(name => `docs/operations/runbooks/${name}`)
    const wanted = rules.map(({ annotations }) => annotations.runbook_url)
    expect(written.toSorted()).toEqual([...new Set(wanted)].toSorted())
    for (const { alert, labels, annotations } of rules) {
      const page = read(annotations.runbook_url.replace('docs/operations/', ''))
      expect(page, annotations.runbook_url).toContain(`\`${alert}\``)
      expect(['page', 'ticket']).toContain(labels.severity)
      expect(annotations.summary).not.toBe('')
      const parts = ['What it means', 'How to look', 'What to do', 'How to know it is over']
      expect([...page.matchAll(/^## (.+)$/gm)].map(match => match[1])).toEqual(parts)
    }
  })

  it('runbooks link only to files that exist', () => {
    for (const name of readdirSync(new URL('runbooks/', folder))) {
      const page = new URL(`runbooks/${name}`, folder)
      const links = [...readFileSync(page, 'utf8').matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)]
      for (const [, link] of links) {
        expect(() => readFileSync(new URL(link!, page)), `${name}: ${link}`).not.toThrow()
      }
    }
  })

  it('the dashboard can be imported: panels do not overlap, and each asks the Prometheus that is chosen', () => {
    const { schemaVersion, templating, panels } = dashboard
    expect(schemaVersion).toBeGreaterThanOrEqual(36)
    expect(templating.list.map(({ name, type }) => [name, type])).toEqual([
      ['datasource', 'datasource'],
      ['instance', 'query'],
    ])
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    for (const { type, title, description, datasource, targets = [] } of panels) {
      if (type === 'row') continue
      expect([title, datasource?.uid]).toEqual([title, '${datasource}'])
      expect(description, title).toBeTruthy()
      expect(targets.length, title).toBeGreaterThan(0)
    }
    const taken = new Set<string>()
    for (const { gridPos, title } of panels) {
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect([title, x < 24, taken.has(`${x} ${y}`)]).toEqual([title, true, false])
          taken.add(`${x} ${y}`)
        }
      }
    }
  })

  it('Prometheus can read every expression of the dashboard', () => {
    const exprs = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
    const plain = exprs.map(expr => expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*'))
    const records = plain.map((expr, at) => ({ record: `panel_${at}`, expr }))
    const own = mkdtempSync(join(tmpdir(), 'weir-operations-'))
    const file = join(own, 'dashboard.yml')
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: records }] }))
    const out = execFileSync(promtoolPath, ['check', 'rules', file], { encoding: 'utf8' })
    rmSync(own, { recursive: true })
    expect(out).toContain(`SUCCESS: ${plain.length} rules found`)
  })

  it('every metric that is named is one that the docs list', () => {
    const listed = [...read('../metrics.md').matchAll(/^\| `(weir_[a-z_]+)`/gm)].map(match => match[1]!)
    expect([...named].filter(name => !listed.includes(name))).toEqual([])
    // And none is left out of the dashboard but what nobody can do anything with.
    expect(listed.filter(name => !named.has(name))).toEqual([])
  })
})

describe('a Weir that runs', () => {
  let upstream: TestUpstream
  let weir: TestWeir
  beforeAll(async () => {
    upstream = await startUpstream()
    weir = await startTestWeir({ upstream: upstream.url })
  })
  afterAll(async () => {
    await weir.stop()
    await upstream.close()
  })

  it('answers with every metric that rules and dashboard name, and Prometheus takes the answer', async () => {
    const app = await weir.newApp()
    await app.call('/app')
    const text = await (await fetch(`${weir.weir.controlUrl}/metrics`)).text()
    const answered = [...text.matchAll(/^# TYPE (weir_[a-z_]+)/gm)].map(match => match[1]!)
    // Only a node that makes backups has their metric.
    const missing = [...named].filter(name => !answered.includes(name))
    expect(missing).toEqual(['weir_last_backup_seconds'])
    const { stderr } = spawnSync(promtoolPath, ['check', 'metrics'], { input: text, encoding: 'utf8' })
    // It holds a word that is a type's too: what it counts are counters.
    const flaws = stderr.split('\n').filter(line => !line.startsWith('nodejs_') && line !== '')
    expect(flaws).toEqual(["weir_counter_occupancy_ratio metric name should not include type 'counter'"])
    expect(text).toContain('weir_store_reachable 1')
    expect(text).toMatch(/^weir_open_alerts\{kind="recording.silent"\} 0$/m)
  })
})

it('a node that ends in order says so, so that nobody is told that it fell silent', async () => {
  const upstream = await startUpstream()
  const weir = await startTestWeir({ upstream: upstream.url })
  const store = await openStore({ file: join(weir.dataDir, 'weir.db') })
  const ended = async () => store.db.selectFrom('nodes').select('ended_ms').execute()
  await eventually(ended, nodes => nodes.length === 1, 60_000)
  expect(await ended()).toEqual([{ ended_ms: null }])
  await weir.weir.stop()
  expect(await ended()).toEqual([{ ended_ms: expect.any(Number) }])
  await store.close()
  await weir.stop()
  await upstream.close()
})
