import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SlaReport } from '../../src/core/availability/sla-report.ts'
import { type SlaStatement, openStatement } from '../../src/control-plane/availability/sla-statement.ts'
import { createAgreements } from '../../src/control-plane/invoicing/agreement.ts'
import { creditsOf } from '../../src/store/credits.ts'
import { findEvidence } from '../../src/store/evidence.ts'
import { invoiceOfMonth } from '../../src/store/invoices.ts'
import { type Store, openStore } from '../../src/store/open-store.ts'
import { findSlaMonth } from '../../src/store/sla-months.ts'
import { goldenMonths } from './evidence-months.ts'

const month = '2026-03'
const folder = mkdtempSync(join(tmpdir(), 'weir-golden-store-'))
let store: Store

/** A copy, which is brought to the schema of today. */
beforeAll(async () => {
  const file = join(folder, 'weir.db')
  writeFileSync(file, gunzipSync(readFileSync(new URL('evidence/store-2026-03.db.gz', import.meta.url))))
  store = await openStore({ file })
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

/** What money depends on; what else a report tells may grow. */
function figures(report: SlaReport) {
  const { uptime, target, downSeconds, allowanceSeconds, excludedSpans, base, credit, readings } = report
  // The store's Weir did not say yet on which requests a span was decided.
  const spans = report.spans.map(span => ({ ...span, decidedOn: undefined }))
  return { uptime, target, downSeconds, allowanceSeconds, spans, excludedSpans, base, credit, readings }
}

describe.each(goldenMonths)('a store of an older Weir, $about', ({ customer, ...expected }) => {
  const organizationId = `org_${customer}`

  it('has the report that was frozen, the credit that was granted and the invoice', async () => {
    const closed = await findSlaMonth<SlaStatement>(store.db, organizationId, month)
    expect(closed?.report.report).toMatchObject({
      downSeconds: expected.downSeconds,
      uptime: expected.uptime,
      credit: { amount: expected.credit },
    })
    const granted = await creditsOf(store.db, organizationId)
    expect(granted.map(({ amount }) => amount)).toEqual([expected.credit])
    const invoice = await invoiceOfMonth(store.db, organizationId, month)
    expect(invoice?.document.total).toBe(expected.invoice)
  })

  it('comes to the same report when its slices, packed and not, are judged anew', async () => {
    const closed = await findSlaMonth<SlaStatement>(store.db, organizationId, month)
    const question = { organizationId, month, nowMs: Date.UTC(2026, 3, 3) }
    const { report } = await openStatement(store.db, createAgreements(), question)
    expect(report.credit.amount).toBe(expected.credit)
    expect(figures(report)).toEqual(figures(closed!.report.report))
  })

  it('has the evidence file, byte for byte', async () => {
    const kept = await findEvidence(store.db, organizationId, month)
    const file = readFileSync(new URL(`evidence/evidence-${organizationId}-${month}.jsonl`, import.meta.url))
    expect(kept?.head).toBe(expected.head)
    expect(Buffer.from(kept!.file).equals(file)).toBe(true)
  })
})

it('the store holds days that are packed, and rows that are not', async () => {
  for (const table of ['app_slices', 'app_slice_days'] as const) {
    const rows = await store.db.selectFrom(table).select('name').execute()
    expect(rows.length).toBeGreaterThan(10)
  }
})
