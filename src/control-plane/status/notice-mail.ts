import type { HeldEvent } from '../../store/deliveries.ts'
import { liveLinks } from './status-links.ts'
import { LATE_TEXT, spanText, timeText } from './status-words.ts'

interface NoticeMail {
  readonly subject: string
  readonly text: string
}

/** What a subscriber's mail says of an event that concerns everyone; undefined for other events. */
export function noticeMail(event: HeldEvent, name: string, publicUrl: string): NoticeMail | undefined {
  const links = liveLinks(publicUrl)
  const said = (field: string): string => {
    const value = event.data[field]
    return typeof value === 'string' ? value : ''
  }
  const at = (field: string): number => Date.parse(said(field))
  if (event.type.startsWith('incident.')) {
    const lines = [
      said('title'),
      `${said('status')}, ${said('impact')} impact on ${said('component') || 'the API'}, since ${timeText(at('startedAt'))}`,
      ...(said('resolvedAt') === '' ? [] : [`over since ${timeText(at('resolvedAt'))}`]),
      '',
      said('text'),
      '',
      links.incident(said('mergedInto') || said('incident')),
    ]
    return { subject: `${name} status: ${said('title')} (${said('status')})`, text: `${lines.join('\n')}\n` }
  }
  if (!event.type.startsWith('maintenance.')) return undefined
  const verb = event.type === 'maintenance.cancelled' ? 'cancelled' : 'planned'
  const counts = event.data['countsAgainstSla'] === true
  const lines = [
    `Maintenance ${verb}: ${said('title')}`,
    spanText(at('start'), at('end')),
    ...(verb === 'planned' && counts ? [LATE_TEXT] : []),
    ...(verb === 'cancelled' && counts && at('cancelledAt') > at('start')
      ? ['What was worked of it counts against the SLA: it was announced too late to be excluded.']
      : []),
    ...(verb === 'cancelled' ? [`Cancelled, or ended, ${timeText(at('cancelledAt'))}.`] : []),
    '',
    links.home,
  ]
  return { subject: `${name} status: maintenance ${verb}, ${said('title')}`, text: `${lines.join('\n')}\n` }
}
