/** Whom a change touches. Plans and platforms by the names that both contracts have, or the one that has them. */
export type Audience =
  | { readonly kind: 'callers' | 'customers' | 'provider' }
  | { readonly kind: 'platform' | 'plan' | 'support-plan'; readonly names: readonly string[] }

/** For the customer. `neither`: it depends on the customer, or does not matter to it. */
export type Effect = 'better' | 'worse' | 'neither'

/** Limits and what the gateway does hold at once; prices, SLA and support from the next month unless dated. */
export type Holds = 'at once' | 'from the next month'

/** One thing that two contracts say differently, in the words of `weir check`. */
export interface Change {
  readonly who: Audience
  /** What is another: `Plan start, price a month`. */
  readonly what: string
  /** null: the old contract does not have it. */
  readonly before: string | null
  /** null: the new contract does not have it. */
  readonly after: string | null
  readonly effect: Effect
  readonly holds: Holds
}

const AUDIENCES: readonly Audience['kind'][] = [
  'callers',
  'platform',
  'customers',
  'plan',
  'support-plan',
  'provider',
]

/** By whom they touch, widest first; otherwise as they came. */
export function inReadingOrder(changes: readonly Change[]): Change[] {
  const names = ({ who }: Change) => ('names' in who ? who.names.join() : '')
  const order = ({ who }: Change) => AUDIENCES.indexOf(who.kind)
  const places = new Map<string, number>()
  for (const change of changes) {
    const key = names(change)
    if (!places.has(key)) places.set(key, places.size)
  }
  const place = (change: Change) => places.get(names(change)) ?? 0
  return changes.toSorted((a, b) => order(a) - order(b) || place(a) - place(b))
}
