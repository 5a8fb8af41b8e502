import { explainClaim } from './claim.ts'
import { explainCredit } from './credit.ts'
import { explainDowntime } from './downtime.ts'
import { explainDue } from './due.ts'
import { explainExclusion } from './exclusion.ts'
import { explainMaker } from './maker.ts'
import { explainOverage } from './overage.ts'
import { explainPeak } from './peak.ts'

/** Judges one input. Throws an InputError for one that cannot be judged. */
export type Explainer = (input: unknown) => { readonly because: readonly string[] }

/** Each kind that `weir explain` knows; the functions behind them also make the real invoices and credits. */
export const explainers: ReadonlyMap<string, Explainer> = new Map<string, Explainer>([
  ['credit', explainCredit],
  ['overage', explainOverage],
  ['maker', explainMaker],
  ['due', explainDue],
  ['exclusion', explainExclusion],
  ['claim', explainClaim],
  ['peak', explainPeak],
  ['downtime', explainDowntime],
])
