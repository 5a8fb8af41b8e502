/** Where the pages find each other: on a running Weir, or in a folder of files. */
export interface StatusLinks {
  readonly home: string
  readonly history: string
  readonly json: string
  readonly feed: string
  readonly badge: string
  readonly evidence: string
  /** undefined: no running Weir checks files in the browser. */
  readonly verify: string | undefined
  /** undefined: nobody can subscribe by a form. */
  readonly subscribe: string | undefined
  readonly isCopy: boolean
  incident(id: string): string
}

const PATH = '/status'

/** `base`: the public address without `/status`, or '' for addresses within the same server. */
export function liveLinks(base = ''): StatusLinks {
  const home = base + PATH
  return {
    home,
    history: `${home}/history`,
    json: `${home}.json`,
    feed: `${home}/feed.atom`,
    badge: `${home}/badge.svg`,
    evidence: `${home}/evidence`,
    verify: `${home}/verify`,
    subscribe: `${home}/subscribe`,
    isCopy: false,
    incident: id => `${home}/incidents/${id}`,
  }
}

/**
 * Relative, so that the files work in any folder, bucket or disk. What needs a running Weir is linked to its public
 * address; undefined where that is not known.
 */
export function copyLinks(toRoot: '' | '../', publicUrl: string | undefined): StatusLinks {
  const live = publicUrl === undefined ? undefined : liveLinks(publicUrl)
  return {
    home: `${toRoot}index.html`,
    history: `${toRoot}history.html`,
    json: `${toRoot}status.json`,
    feed: `${toRoot}feed.atom`,
    badge: `${toRoot}badge.svg`,
    evidence: `${toRoot}evidence.html`,
    verify: live?.verify,
    subscribe: live?.subscribe,
    isCopy: true,
    incident: id => `${toRoot}incidents/${id}.html`,
  }
}
