import { countDownTime } from '../../core/availability/exclusions.ts'
import { excludedWindow } from '../../core/availability/maintenance.ts'
import { slaWords } from '../../core/contract/describe-support.ts'
import { counted, enumerated, money } from '../../core/contract/plain-words.ts'
import { shortDecimal } from '../../core/exact/decimal.ts'
import { isZero } from '../../core/exact/fraction.ts'
import type { EvidenceContent } from '../../core/evidence/read-file.ts'
import { spanIn } from '../../core/evidence/record.ts'
import { baseOfParts } from '../../core/pricing/sla-base.ts'
import { isoInstant } from '../../core/time/instant.ts'
import type { Span } from '../../core/time/span.ts'
import type { Anew } from './check-evidence.ts'
import { exclusionOf, windowOf } from './said-in-file.ts'

/** What stands above them. */
export const COMPARE_WORDS = 'Compare with what you know, since a file can only say it:'

/**
 * What a good file goes by and nothing in it can prove, for people to compare with what they know: their own
 * subscription, apps, contract and invoice, and what was announced to them.
 */
export function compareWords(content: EvidenceContent, anew: Anew): string[] {
  const { header, maintenance, exclusions, claims } = content
  return [
    heldWords(anew),
    appWords(anew),
    ruleWords(header),
    ...slaWords(header.sla).map(words => `SLA: ${words}`),
    ...baseWords(header, anew),
    ...maintenance.map(each => {
      const { because } = excludedWindow(windowOf(each), header.maintenanceNoticeHours)
      return `${because} “${each.title}” (${each.id})`
    }),
    ...exclusions.map(exclusionWords),
    ...claims.map(claimWords),
  ]
}

function heldWords({ held, downOutsideSeconds }: Anew): string {
  const spans = held.length === 0 ? 'at no time' : enumerated(held.map(spanWords))
  return (
    `A plan was held ${spans}. ${downOutsideSeconds} seconds down lie outside of the time in which a plan was held, ` +
    'and are not counted.'
  )
}

function appWords({ decided: { apps } }: Anew): string {
  if (apps.length === 0) return 'No app was judged. An app of yours that is not named was left out.'
  return `${counted(apps.length, 'app')} judged: ${enumerated(apps)}. One of yours that is not named was left out.`
}

function ruleWords({ rule, maintenanceNoticeHours, timezone }: EvidenceContent['header']): string {
  const { sliceSeconds, errorPercent, minRequests, minFailed } = rule
  return (
    `Rule: a slice of ${counted(sliceSeconds, 'second')} is down when more than ${errorPercent} % of at least ` +
    `${counted(minRequests, 'valid request')} failed, and at least ${minFailed} of them. Maintenance counts unless ` +
    `it was announced ${counted(maintenanceNoticeHours, 'hour')} ahead. Months and days are those of ${timezone}.`
  )
}

function baseWords({ base, sla, month, currency }: EvidenceContent['header'], anew: Anew): string[] {
  const invoice = base.lines.map(line => {
    const from = { base: sla.form === 'none' ? 'recurring' : sla.base, month, annual: [] } as const
    const counts = isZero(baseOfParts({ ...from, lines: [line] })) ? ' (not part of it)' : ''
    return `${line.kind} “${line.description}” ${money(line.amount, currency.code)}${counts}`
  })
  const yearly = base.annual.map(
    ({ name, fee, ...held }) =>
      `a twelfth of “${name}” at ${money(fee, currency.code)} a year, held ${spanWords(spanIn(held))}`,
  )
  const parts = enumerated([...invoice, ...yearly])
  return [
    `Base of the credit: ${money(shortDecimal(anew.base), currency.code)}, from ${parts || 'no invoice line'}.`,
  ]
}

function exclusionWords(exclusion: EvidenceContent['exclusions'][number]): string {
  const nothing = { outages: [], maintenance: [], noticeHours: 0 }
  const [because] = countDownTime({ ...nothing, exclusions: [exclusionOf(exclusion)] }).because
  const { text, author, recorded, id } = exclusion
  return `${because} “${text}”, recorded ${recorded} by ${author} (${id})`
}

function claimWords(claim: EvidenceContent['claims'][number]): string {
  const { id, incidentStart, incidentEnd, claimed, accepted } = claim
  const since = incidentStart === null ? '' : ` from ${incidentStart}`
  return `Claim ${id} of ${claimed}, on an incident${since} to ${incidentEnd}: ${accepted ? 'accepted' : 'refused as late'}.`
}

function spanWords({ startMs, endMs }: Span): string {
  return `${isoInstant(startMs)} to ${isoInstant(endMs)}`
}
