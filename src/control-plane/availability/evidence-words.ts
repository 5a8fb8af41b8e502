import { counted, grouped } from '../../core/contract/plain-words.ts'
import type { EvidenceContent, ReadFile } from '../../core/evidence/read-file.ts'
import type { Anew, Trusted } from './check-evidence.ts'

/** What a good file proves, line by line, for people; and what of it has to be taken as it is said. */
export function evidenceWords(
  read: ReadFile,
  { header, result, maintenance, exclusions, claims }: EvidenceContent,
  anew: Anew,
  trusted: Trusted,
): string[] {
  const { organization, month, timezone, contractVersion, currency } = header
  const { credit, owed, downSeconds } = anew
  return [
    `${month} (${timezone}) of ${organization}, by version ${contractVersion} of the contract.`,
    `Chain: ${grouped(read.records)} records, each with the hash of the one before. Head: ${read.head}`,
    signatureWords(read, trusted),
    ...headWords(read, trusted),
    ...verdictWords(anew),
    `Said by people: ${counted(maintenance.length, 'window')} of maintenance, ` +
      `${counted(exclusions.length, 'exclusion')}, ${counted(claims.length, 'claim')}.`,
    `Down: ${downSeconds} seconds that count, reckoned again; uptime ${credit.uptime} %` +
      `${anew.target === undefined ? '' : `, target ${anew.target} %`}.`,
    `Credit: ${credit.amount} ${currency.code} (${credit.minutes} minutes), reckoned again from ` +
      `${counted(header.base.lines.length, 'invoice line')}, the same to the last digit.`,
    ...(owed === credit.amount || result.owed !== owed
      ? []
      : [`Owed: ${owed} ${currency.code}, since it has to be claimed and no accepted claim is in the file.`]),
  ]
}

function signatureWords({ publicKey }: ReadFile, trusted: Trusted): string {
  return trusted.publicKey === undefined
    ? `Signature: holds, by the key in the file, which anybody could have made: ${publicKey}. Compare it with the ` +
        'key that the provider publishes, or name that one with --key.'
    : `Signature: holds, by the key you named: ${publicKey}`
}

function headWords({ head, heads }: ReadFile, trusted: Trusted): string[] {
  if (trusted.head === undefined) return []
  if (trusted.head === head) return ['The head is the one you kept: nothing was changed since.']
  if (trusted.head === heads[0]) return ['The file goes on from the head you kept.']
  return [
    `The head you kept is that of line ${heads.indexOf(trusted.head)}: up to there nothing was changed.`,
  ]
}

function verdictWords({ decided: { apps, deciders } }: Anew): string[] {
  const slices = (count: number) => counted(count, 'slice')
  const attested = [
    `${slices(deciders['all-apps'])} by all apps together (attested: the totals are other customers’, the file holds a hash of them)`,
    `${slices(deciders.probe)} by probes (attested: the probes’ results are not in the file)`,
    `${slices(deciders.nodes)} by the nodes, of which none was there (attested, and against the provider)`,
  ]
  return [
    `Verdicts of ${counted(apps.length, 'app')}, given again by the slice rule: ${slices(deciders.app)} by the app’s own ` +
      `requests and ${slices(deciders.adjoining)} by those of adjoining slices, all of which are in the file.`,
    `Said by others, not recomputable from the file: ${attested.join('; ')}.`,
    `${slices(deciders.nobody)} by nobody: up where nothing was asked for, down where records were lost.`,
  ]
}
