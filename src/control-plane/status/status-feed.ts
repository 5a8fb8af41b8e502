import { daySpan, utcDay } from '../../core/availability/day-history.ts'
import type { StatusFacts, StatusIncident, StatusMaintenance } from './status-facts.ts'
import type { StatusLinks } from './status-links.ts'
import { componentName, isCounted } from './status-facts.ts'
import {
  LATE_TEXT,
  exactTimeText,
  impactWords,
  lengthText,
  phaseWords,
  spanText,
  statusWords,
  timeText,
} from './status-words.ts'
import { xmlText } from './xml-text.ts'

const MOST_ENTRIES = 50

interface FeedEntry {
  readonly id: string
  readonly title: string
  readonly publishedMs: number
  readonly updatedMs: number
  readonly href: string
  readonly category: 'incident' | 'maintenance'
  readonly lines: readonly string[]
}

/** An Atom feed (RFC 4287): an entry an incident and a window, which changes with its news. */
export function statusFeed(facts: StatusFacts, links: StatusLinks, isStale: boolean): string {
  const { name, asOfMs, incidents, maintenance } = facts
  const entries = [
    ...incidents.map(each => incidentEntry(each, links)),
    ...maintenance.map(each => maintenanceEntry(each, links)),
  ]
    .toSorted((a, b) => b.updatedMs - a.updatedMs)
    .slice(0, MOST_ENTRIES)
  // What a reader fetches again and again should change only when something was said.
  const updatedMs = entries[0]?.updatedMs ?? daySpan(utcDay(asOfMs)).startMs
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">',
    element('id', `urn:weir:status:${encodeURIComponent(name)}`),
    element('title', `${name} status`),
    ...(isStale ? [element('subtitle', `As of ${exactTimeText(asOfMs)}: newer news cannot be read.`)] : []),
    element('updated', iso(updatedMs)),
    `<author>${element('name', name)}</author>`,
    `<link rel="self" type="application/atom+xml" href="${xmlText(links.feed)}"/>`,
    `<link rel="alternate" type="text/html" href="${xmlText(links.home)}"/>`,
    ...entries.map(entryXml),
    '</feed>',
    '',
  ].join('\n')
}

function incidentEntry(
  { id, title, impact, status, component, startedMs, resolvedMs, updates }: StatusIncident,
  links: StatusLinks,
): FeedEntry {
  const told = updates.map(({ atMs }) => atMs)
  const over = resolvedMs === undefined ? '' : `, over after ${lengthText(resolvedMs - startedMs)}`
  return {
    id,
    title: `${title} (${statusWords[status].toLowerCase()})`,
    publishedMs: told[0] ?? startedMs,
    updatedMs: Math.max(startedMs, ...told),
    href: links.incident(id),
    category: 'incident',
    lines: [
      `${impactWords[impact]} impact on ${componentName(component)} since ${timeText(startedMs)}${over}.`,
      ...updates
        .toReversed()
        .map(({ atMs, status: then, text }) => `${statusWords[then]}, ${timeText(atMs)}: ${text}`),
    ],
  }
}

function maintenanceEntry(window: StatusMaintenance, links: StatusLinks): FeedEntry {
  const { id, title, startMs, endMs, announcedMs, cancelledMs, phase } = window
  return {
    id,
    title: `Maintenance: ${title} (${phaseWords[phase].toLowerCase()})`,
    publishedMs: announcedMs,
    updatedMs: cancelledMs ?? announcedMs,
    href: links.home,
    category: 'maintenance',
    lines: [
      `${spanText(startMs, endMs)} (${lengthText(endMs - startMs)}).`,
      ...(isCounted(window) ? [LATE_TEXT] : []),
      ...(cancelledMs === undefined ? [] : [`Cancelled ${timeText(cancelledMs)}.`]),
    ],
  }
}

function entryXml({ id, title, publishedMs, updatedMs, href, category, lines }: FeedEntry): string {
  return [
    '<entry>',
    element('id', `urn:weir:${category}:${id}`),
    element('title', title),
    element('published', iso(publishedMs)),
    element('updated', iso(updatedMs)),
    `<link rel="alternate" type="text/html" href="${xmlText(href)}"/>`,
    `<category term="${category}"/>`,
    // HTML within XML: escaped once as a text of HTML, and once more as a text of XML.
    `<content type="html">${xmlText(lines.map(line => `<p>${xmlText(line).replaceAll('\n', '<br/>')}</p>`).join(''))}</content>`,
    '</entry>',
  ].join('\n')
}

function element(name: string, text: string): string {
  return `<${name}>${xmlText(text)}</${name}>`
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
