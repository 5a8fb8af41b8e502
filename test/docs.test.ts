import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { addBackupMetric } from '../src/commands/jobs.ts'
import { addServeOptions } from '../src/commands/settings.ts'
import { addStoreMetrics } from '../src/control-plane/budgets/store-metrics.ts'
import { createDeliveryMetrics } from '../src/control-plane/channels/delivery-metrics.ts'
import { createGatewayMetrics } from '../src/data-plane/gateway/metrics.ts'
import { errors } from '../src/http/errors.ts'
import { eventTypes } from '../src/store/event-types.ts'
import { openStore } from '../src/store/open-store.ts'
import { Command } from 'commander'

function read(name: string): string {
  return readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
}

/** First cells of a table's rows, without their backticks. */
function firstCells(page: string): string[] {
  return [...page.matchAll(/^\| `([^`]+)`/gm)].map(match => match[1]!)
}

describe('the docs', () => {
  it('list every error with its status, and none that does not exist', () => {
    const rows = [...read('docs/errors.md').matchAll(/^\| `([a-z-]+)` +\| (\d+) +\| (.+?) +\| (.+?) +\|$/gm)]
    const documented = Object.fromEntries(
      rows.map(([, code, status, title, fix]) => [code, { status: Number(status), title, fix }]),
    )
    expect(documented).toEqual(errors)
  })

  it('list every metric, and none that does not exist', async () => {
    const registry = new Registry()
    createGatewayMetrics(registry, {
      openSockets: () => 0,
      openConnections: () => 0,
      occupancy: () => 0,
      certificateNotAfterMs: () => 0,
      recording: () => ({ waitingRows: 0, spoolBytes: 0, clockOffsetMs: 0, clockErrorMs: 0 }),
    })
    addBackupMetric(registry, async () => undefined)
    createDeliveryMetrics(registry)
    const folder = mkdtempSync(join(tmpdir(), 'weir-docs-'))
    const store = await openStore({ file: join(folder, 'weir.db') })
    addStoreMetrics(registry, {
      db: store.db,
      budgets: { refresh: async () => Promise.reject(new Error('unasked')), glance: () => undefined },
      clock: () => 0,
      log: { warn: () => undefined },
    })
    const names = (await registry.getMetricsAsJSON()).map(({ name }) => name)
    await store.close()
    rmSync(folder, { recursive: true })
    expect(firstCells(read('docs/metrics.md')).toSorted()).toEqual(names.toSorted())
  })

  it('list every event with its sentence, and none that does not exist', () => {
    const rows = [...read('docs/webhooks.md').matchAll(/^\| `([a-z.-]+)` +\| (.+?) +\|$/gm)]
    expect(Object.fromEntries(rows.map(([, type, sentence]) => [type, sentence]))).toEqual(eventTypes)
  })

  it('list every flag of `weir serve`', () => {
    const page = read('docs/running.md')
    const missing = addServeOptions(new Command()).options.filter(({ long }) => !page.includes(`\`${long!}`))
    expect(missing.map(({ long }) => long)).toEqual([])
  })

  it('every flag can be given in the environment', () => {
    for (const option of addServeOptions(new Command()).options) {
      expect(option.envVar).toBe(`WEIR_${option.long!.slice(2).replaceAll('-', '_').toUpperCase()}`)
    }
  })

  it('link only to files that exist', () => {
    const pages = [
      'README.md',
      'ARCHITECTURE.md',
      'CONTRIBUTING.md',
      'docs/client.md',
      'docs/error-budgets.md',
      'docs/evidence.md',
      'docs/limits.md',
      'docs/middleware.md',
      'docs/metrics.md',
      'docs/operations/backup.md',
      'docs/operations/prometheus.md',
      'docs/operations/several-nodes.md',
      'docs/probes.md',
      'docs/running.md',
      'docs/webhooks.md',
      'docs/what-to-do-at-a-429.md',
    ]
    for (const page of pages) {
      const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map(match => match[1]!)
      for (const link of links) {
        const target = new URL(link, new URL(`../${page}`, import.meta.url))
        expect(() => readFileSync(target), `${page} links to ${link}`).not.toThrow()
      }
    }
  })
})
