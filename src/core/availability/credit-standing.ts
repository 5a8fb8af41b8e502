import { minorUnits } from '../exact/money.ts'
import { isoInstant } from '../time/instant.ts'

/**
 * `none`: nothing is owed. `pending`: owed by what is known so far, granted when the month closes. `claimable`: owed to
 * whoever claims it. `lapsed`: nobody claimed it in time. `granted`: it lowers the next invoices.
 */
export type CreditStatus = 'none' | 'pending' | 'claimable' | 'lapsed' | 'granted'

export interface StandingFacts {
  /** What the month's down time is worth, and what of it was given: decimal text. */
  readonly owed: string
  readonly given: string
  readonly minorDigits: number
  readonly closed: boolean
  /** undefined: it is given without a claim. */
  readonly claim: ClaimStanding | undefined
  readonly nowMs: number
}

export interface ClaimStanding {
  /** One that came in time opens the month. */
  readonly claimed: boolean
  /** When each incident that touches the month, and each span down in it, can be claimed no more; undefined: it goes on. */
  readonly deadlinesMs: readonly (number | undefined)[]
}

export interface CreditStanding {
  readonly status: CreditStatus
  /** The last of the deadlines; undefined: there is none yet. */
  readonly claimUntilMs: number | undefined
  readonly because: string
}

/** What has become of a month's credit, or can still become of it. */
export function creditStanding(facts: StandingFacts): CreditStanding {
  const { owed, given, minorDigits, closed, claim, nowMs } = facts
  const claimUntilMs = lastOf(claim?.deadlinesMs ?? [])
  const standing = (status: CreditStatus, because: string) => ({ status, claimUntilMs, because })
  if (minorUnits(given, minorDigits) > 0n) {
    return standing(
      'granted',
      `Granted: ${given}. It lowers the next invoices to close, oldest credit first.`,
    )
  }
  if (minorUnits(owed, minorDigits) <= 0n) return standing('none', 'Nothing is owed.')
  if (claim === undefined || claim.claimed) {
    const why = claim === undefined ? '' : 'It was claimed in time. '
    return standing('pending', `${why}The credit is granted when the month closes.`)
  }
  if (claim.deadlinesMs.includes(undefined)) {
    return standing(
      'claimable',
      'It is given on a claim; an incident goes on, and its deadline has not begun.',
    )
  }
  if (claimUntilMs !== undefined && nowMs < claimUntilMs) {
    return standing(
      'claimable',
      `It is given on a claim, of an incident or of down time in this report, before ${isoInstant(claimUntilMs)}.`,
    )
  }
  const late = claimUntilMs === undefined ? '' : ` before ${isoInstant(claimUntilMs)}`
  // A month that is still running may see another incident, and with it another deadline.
  if (!closed)
    return standing('claimable', `No claim came${late}; another incident of the month can be claimed.`)
  return standing('lapsed', `No claim came${late}: the credit lapsed.`)
}

function lastOf(deadlinesMs: readonly (number | undefined)[]): number | undefined {
  const known = deadlinesMs.filter(ms => ms !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}
