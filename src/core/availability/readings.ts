import { type Fraction, ZERO, fraction } from '../exact/fraction.ts'
import type { JudgedTime } from './organization-slices.ts'

/** Down time as other SLAs read it: shown beside the time slices, which alone count. Seconds, exact. */
export interface OtherReadings {
  /** The month's length times failed over valid, of all requests that are not excluded. */
  readonly requests: Fraction
  /** Each slice's length times its own failed over valid, of the worst app; to the microsecond a slice. */
  readonly equivalent: Fraction
}

export function otherReadings(
  { grid, lead, apps, excluded }: JudgedTime,
  monthSeconds: number,
): OtherReadings {
  let valid = 0
  let failed = 0
  let equivalentUs = 0
  const sliceUs = grid.seconds * 1_000_000
  const owns = apps.map(({ own }) => own)
  for (let slice = lead; slice < grid.length; slice++) {
    if (excluded[slice] !== 0) continue
    let worstUs = 0
    for (let app = 0; app < owns.length; app++) {
      const own = owns[app]!
      const asked = own.valid[slice]!
      const bad = own.failed[slice]!
      valid += asked
      if (bad === 0 || asked === 0) continue
      failed += bad
      worstUs = Math.max(worstUs, Math.round((bad * sliceUs) / asked))
    }
    equivalentUs += worstUs
  }
  return {
    requests: valid === 0 ? ZERO : fraction(BigInt(monthSeconds) * BigInt(failed), BigInt(valid)),
    equivalent: fraction(equivalentUs, 1_000_000),
  }
}
