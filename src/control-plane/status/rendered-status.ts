import { createHash } from 'node:crypto'
import { historyPage, incidentPage } from './history-page.ts'
import type { ShownStatus } from './status-board.ts'
import { statusBadge } from './status-badge.ts'
import { statusFeed } from './status-feed.ts'
import { statusJson } from './status-json.ts'
import type { StatusLinks } from './status-links.ts'
import { statusPage } from './status-page.ts'
import type { SubscribeWays } from './subscribe-part.ts'

export type StatusView = 'page' | 'history' | 'json' | 'feed' | 'badge' | { readonly incident: string }

export interface Rendered {
  readonly body: string
  /** A strong one: the hash of the body. */
  readonly etag: string
}

export interface RenderOptions {
  readonly ways: SubscribeWays
  readonly links: StatusLinks
  /** With the public address, where there is one: what leaves the site names itself in full. */
  readonly outerLinks: StatusLinks
  readonly home: string | undefined
}

/**
 * Renders what is shown, once for each state of it: however many ask, a page is made when its facts are new. Undefined:
 * there is no such incident.
 */
export function createRenderer(options: RenderOptions) {
  let kept = new Map<string, Promise<Rendered | undefined>>()
  let of: ShownStatus | undefined
  return async (shown: ShownStatus, view: StatusView): Promise<Rendered | undefined> => {
    if (of?.facts !== shown.facts || of.isStale !== shown.isStale) kept = new Map()
    of = shown
    const key = JSON.stringify(view)
    const known = kept.get(key)
    if (known !== undefined) return known
    const made = render(shown, view, options).then(body =>
      body === undefined ? undefined : { body, etag: etagOf(body) },
    )
    // Of addresses that lead nowhere there are more than memory should hold.
    if (typeof view === 'string' || isKnown(shown, view.incident)) kept.set(key, made)
    return made
  }
}

function isKnown({ facts }: ShownStatus, incidentId: string): boolean {
  return facts.incidents.some(({ id }) => id === incidentId)
}

function etagOf(body: string): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
}

async function render(
  { facts, isStale }: ShownStatus,
  view: StatusView,
  { links, outerLinks, ways, home }: RenderOptions,
): Promise<string | undefined> {
  switch (view) {
    case 'page':
      return statusPage(facts, { links, isStale, ways })
    case 'history':
      return historyPage(facts, { links, isStale })
    case 'json':
      return `${JSON.stringify(statusJson(facts, { isStale, home }), undefined, 2)}\n`
    case 'feed':
      return statusFeed(facts, outerLinks, isStale)
    case 'badge':
      return statusBadge(facts, isStale)
    default: {
      const incident = facts.incidents.find(({ id }) => id === view.incident)
      return incident && incidentPage(facts, incident, { links, isStale })
    }
  }
}
