import { judgeTime } from '../../core/availability/organization-slices.ts'
import { slaReport } from '../../core/availability/sla-report.ts'
import type { Sla } from '../../core/contract/contract.ts'
import { NO_HEAD } from '../../core/evidence/chain.ts'
import { webProofs } from '../../core/evidence/web-proofs.ts'
import type { Arrangement } from '../../core/pricing/arrangement.ts'
import type { InvoiceLine } from '../../core/pricing/invoice-line.ts'
import { slaBase } from '../../core/pricing/sla-base.ts'
import { openEvidenceKey } from '../../identity/evidence-key.ts'
import { type Trusted, checkEvidence } from './check-evidence.ts'
import { evidenceFile } from './evidence-file.ts'
import { measuredEvidence } from './evidence-measured.ts'
import { type EvidenceFacts, evidenceRecords } from './evidence-records.ts'
import { monthSecret } from './evidence-salts.ts'
import { monthGrid } from './evidence-slices.ts'
import type { RecordedTime } from './read-time.ts'

/** A key that every run of a test has. */
export const testKey = openEvidenceKey({
  dataDir: '',
  env: { WEIR_EVIDENCE_KEY: Buffer.alloc(32, 7).toString('base64') },
})
export const proofs = webProofs(crypto.subtle)

export const accelerated: Sla = {
  form: 'accelerated',
  target: '99.9',
  acceleration: 100,
  cap: '100',
  base: 'invoice',
  credit: 'automatic',
  claimDays: 30,
  timezone: 'UTC',
}

const month = '2026-04'
const organizationId = 'org_1'
const line = (kind: InvoiceLine['kind'], amount: string, interval: InvoiceLine['interval']): InvoiceLine => ({
  kind,
  description: `${kind} of April`,
  quantity: 1,
  included: null,
  rate: null,
  amount,
  interval,
  because: [],
})
const lines = [
  line('plan', '10000.00', 'monthly'),
  line('overage', '1234.56', null),
  line('correction', '-17.00', null),
]

/** A plan held from the middle of March on, for ever. */
const held = {
  startMs: Date.UTC(2026, 2, 15),
  endMs: Infinity,
  contractVersion: 3,
  planName: 'growth',
  plan: { price: { monthly: '10000', annual: undefined } },
  supportPlanName: 'premium',
  supportPlan: { price: { monthly: undefined, annual: '6000' }, addOns: {} },
  addOns: [],
  interval: 'monthly',
}
/** Its parts that have nothing to do with a base are left out. */
const arrangements = [held] as unknown as readonly Arrangement[]

interface Wanted {
  readonly sla?: Sla
  readonly sliceSeconds?: number
  readonly claims?: EvidenceFacts['claims']
  readonly exclusions?: RecordedTime['exclusions']
  readonly maintenance?: RecordedTime['maintenance']
}

/**
 * April of an organization with a busy app and a quiet one. In busy time: 42 slices down of themselves. In quiet time:
 * slices that adjoining ones, all apps, a probe, the nodes and nobody decide, and some whose records are lost.
 */
export async function aprilFacts(
  wanted: Wanted = {},
): Promise<EvidenceFacts & { readonly judged: RecordedTime }> {
  const { sla = accelerated, sliceSeconds = 60, claims = [], exclusions = [], maintenance = [] } = wanted
  const timezone = sla.form === 'none' ? 'UTC' : sla.timezone
  const { grid, lead } = monthGrid(month, timezone, sliceSeconds)
  const counts = () => ({ valid: new Uint32Array(grid.length), failed: new Uint32Array(grid.length) })
  const [busy, quiet, allApps] = [counts(), counts(), counts()]
  const [silent, probed, lost] = [0, 0, 0].map(() => new Uint8Array(grid.length))
  busy.valid.fill(100)
  busy.failed.fill(100, 1000, 1042)
  busy.failed[500] = 3
  quiet.valid.fill(4, 2000, 2100)
  quiet.failed.fill(4, 2050, 2060)
  quiet.valid.fill(1, 3000, 3004)
  allApps.valid.fill(5000, 3000, 3004)
  allApps.failed.fill(5000, 3000, 3002)
  probed!.fill(2, 4000, 4003)
  silent!.fill(1, 5000, 5005)
  busy.valid.fill(0, 5000, 5005)
  lost!.fill(1, 6000, 6002)
  const judgedTime = judgeTime({
    rule: { sliceSeconds, errorPercent: '5', minRequests: 10, minFailed: 1 },
    noticeHours: 48,
    grid,
    lead,
    apps: [
      { appId: 'app_busy', own: busy, unmeasured: new Uint8Array(grid.length) },
      { appId: 'app_quiet', own: quiet, unmeasured: lost! },
    ],
    allApps,
    silent: silent!,
    probed: probed!,
    maintenance,
    exclusions,
  })
  const judged = { ...judgedTime, maintenance, exclusions }
  const base = slaBase({ base: sla.form === 'none' ? 'recurring' : sla.base, month, arrangements, lines })
  const report = slaReport({ sla, month, base, minorDigits: 2, judged, held: arrangements })
  const secret = monthSecret(testKey, { organizationId, month })
  return {
    organizationId,
    month,
    contractVersion: 3,
    currency: { code: 'USD', minorDigits: 2 },
    sla,
    judged,
    measured: await measuredEvidence({ month, sla, judged, secret }, proofs.hash),
    report,
    lines,
    arrangements,
    claims,
  }
}

export async function writeFile(facts: EvidenceFacts, previous = NO_HEAD) {
  return evidenceFile(evidenceRecords(facts), previous, testKey, proofs.hash)
}

export function check(text: string | Uint8Array, trusted?: Trusted) {
  return checkEvidence(typeof text === 'string' ? new TextEncoder().encode(text) : text, proofs, trusted)
}
