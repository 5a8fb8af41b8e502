import { counted, enumerated, wrapped } from '../plain-words.ts'
import type { Audience, Change } from './change.ts'

/** The changes as a person reads them, under whom they touch; text for a terminal. */
export function describeChanges(changes: readonly Change[]): string {
  if (changes.length === 0) return 'Nothing changes: both contracts promise the same.\n'
  const count = (effect: Change['effect']) => changes.filter(change => change.effect === effect).length
  const summary =
    `${counted(changes.length, 'change')}; for the customer ${count('better')} better, ` +
    `${count('worse')} worse, ${count('neither')} neither.`
  const lines = [...wrapped(summary)]
  let title = ''
  for (const change of changes) {
    const words = audienceWords(change.who)
    if (words !== title) lines.push('', words, '-'.repeat(words.length))
    title = words
    const [first = '', ...more] = wrapped(changeWords(change), '  ')
    lines.push(`- ${first.trimStart()}`, ...more)
  }
  return [...lines, ''].join('\n')
}

/** `worse: Requests a minute per app, for Search: 300, was 600. At once.` */
export function changeWords({ what, before, after, effect, holds }: Change): string {
  const values =
    after === null ? `no longer ${before ?? ''}` : before === null ? after : `${after}, was ${before}`
  const mark = effect === 'neither' ? '' : `${effect}: `
  const when = holds === 'at once' ? 'At once.' : 'From the next month, unless dated.'
  return `${mark}${what}: ${values.replace(/\.$/, '')}. ${when}`
}

function audienceWords(who: Audience): string {
  switch (who.kind) {
    case 'callers':
      return 'Every caller'
    case 'customers':
      return 'Every customer'
    case 'provider':
      return 'The provider'
    case 'platform':
      return `Callers on ${enumerated(who.names)}`
    default: {
      const kind = who.kind === 'plan' ? 'plan' : 'support plan'
      return `Customers of the ${kind}${who.names.length === 1 ? '' : 's'} ${enumerated(who.names)}`
    }
  }
}
