import type { ComponentState } from '../../core/availability/current-state.ts'
import type { StatusFacts } from './status-facts.ts'
import { exactTimeText, stateWords } from './status-words.ts'
import { xmlText } from './xml-text.ts'

/** White on each of them has a contrast of at least 4.5 to 1. */
const grounds: Readonly<Record<ComponentState, string>> = {
  operational: '#1b7f4d',
  degraded: '#8f5000',
  outage: '#b32626',
  maintenance: '#2a62b5',
  unknown: '#5a6470',
}

const marks: Readonly<Record<ComponentState, string>> = {
  operational: 'm4 8.4 2.6 2.6L12 5.4',
  degraded: 'M8 3.4v5.4m0 2.4v1.2',
  outage: 'm4.4 4.4 7.2 7.2m0-7.2-7.2 7.2',
  maintenance: 'M4 5.4h8M4 8.6h8M4 11.8h4.6',
  unknown: 'M4.4 8h7.2',
}

/** A picture for README files and dashboards: the state in words, with its time for those who point at it or hear it. */
export function statusBadge({ state, asOfMs, name }: StatusFacts, isStale: boolean): string {
  const text = isStale ? `${stateWords[state]}?` : stateWords[state]
  const since = isStale ? ', and newer news cannot be read' : ''
  const label = xmlText(`${name} status: ${stateWords[state]}, as of ${exactTimeText(asOfMs)}${since}`)
  const width = 76 + Math.ceil(text.length * 6.8)
  const font =
    'font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11" font-weight="bold" fill="#fff"'
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="22" viewBox="0 0 ${width} 22" role="img" aria-label="${label}">
<title>${label}</title>
<rect width="${width}" height="22" rx="4" fill="${grounds[state]}"/>
<path d="M4 0h44v22H4a4 4 0 0 1-4-4V4a4 4 0 0 1 4-4z" fill="#2b333c"/>
<text x="6" y="15" ${font}>status</text>
<g transform="translate(52 3)" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><path d="${marks[state]}"/></g>
<text x="71" y="15" ${font} textLength="${Math.ceil(text.length * 6.8)}" lengthAdjust="spacingAndGlyphs">${xmlText(text)}</text>
</svg>
`
}
