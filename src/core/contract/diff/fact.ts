import { decimal } from '../../exact/decimal.ts'
import { type Fraction, compare, fraction } from '../../exact/fraction.ts'
import type { Audience, Change, Effect, Holds } from './change.ts'

/**
 * One thing that a contract says, so that two contracts can be held beside each other: facts with the same key are
 * compared, and one that only one of them has came or went.
 */
export interface Fact {
  readonly key: string
  readonly who: Audience
  readonly what: string
  /** In plain words. */
  readonly words: string
  /** Equal if and only if both mean the same, however it is written; the words, if left out. */
  readonly same?: string
  readonly holds: Holds
  /** How the customer judges another value, where that can be said. */
  readonly scale?: Scale
  /** What it is for the customer that there is such a thing at all. */
  readonly presence?: 'better' | 'worse'
  /** What a contract without it says instead. */
  readonly absent?: string
}

/** Two values on scales of different units do not compare. */
export type Scale =
  | { readonly amount: Fraction; readonly more: 'better' | 'worse'; readonly unit?: string }
  | { readonly members: readonly string[]; readonly more: 'better' | 'worse' }
  | { readonly pieces: readonly Piece[]; readonly more: 'better' | 'worse'; readonly unit: string }

/** What each unit costs up to and with a number, from where the piece before ends; undefined: each further one. */
export interface Piece {
  readonly upTo: number | undefined
  readonly amount: Fraction
}

/** What came, went or is another, in the order of the facts. */
export function factChanges(before: readonly Fact[], after: readonly Fact[]): Change[] {
  const old = new Map(before.map(fact => [fact.key, fact]))
  const now = new Map(after.map(fact => [fact.key, fact]))
  const all = [...after, ...before.filter(({ key }) => !now.has(key))]
  return all.flatMap(({ key }) => changeOf(old.get(key), now.get(key)))
}

function changeOf(before: Fact | undefined, after: Fact | undefined): Change[] {
  const fact = after ?? before
  if (fact === undefined || (before && after && sameOf(before) === sameOf(after))) return []
  const { who, what, holds, absent = null } = fact
  const words = { before: before?.words ?? absent, after: after?.words ?? absent }
  return [{ who, what, ...words, effect: effectOf(before, after), holds }]
}

function sameOf({ same, words }: Fact): string {
  return same ?? words
}

function effectOf(before: Fact | undefined, after: Fact | undefined): Effect {
  if (before === undefined) return after?.presence ?? 'neither'
  if (after === undefined) return opposite(before.presence ?? 'neither')
  const [old, now] = [before.scale, after.scale]
  if (old === undefined || now === undefined) return 'neither'
  const order = orderOf(now, old)
  if (order === 0) return 'neither'
  return order > 0 ? now.more : opposite(now.more)
}

/** Above zero when the first is more; zero also when they do not compare. */
function orderOf(now: Scale, old: Scale): number {
  if ('amount' in old && 'amount' in now && old.unit === now.unit) return compare(now.amount, old.amount)
  if ('members' in old && 'members' in now) return setOrder(now.members, old.members)
  if ('pieces' in old && 'pieces' in now && old.unit === now.unit) return pieceOrder(now.pieces, old.pieces)
  return 0
}

/** Only where no unit is less and none more: otherwise it depends on how many there are. */
function pieceOrder(now: readonly Piece[], old: readonly Piece[]): number {
  const ends = [...now, ...old].map(({ upTo = Infinity }) => upTo)
  const amountAt = (pieces: readonly Piece[], end: number) =>
    pieces.find(({ upTo = Infinity }) => end <= upTo)?.amount
  const orders = ends.map(end => {
    const [one, other] = [amountAt(now, end), amountAt(old, end)]
    return one === undefined || other === undefined ? NaN : compare(one, other)
  })
  if (orders.every(order => order >= 0)) return Math.max(...orders)
  return orders.every(order => order <= 0) ? Math.min(...orders) : 0
}

function opposite(effect: Effect): Effect {
  if (effect === 'neither') return effect
  return effect === 'better' ? 'worse' : 'better'
}

/** Above zero when the first holds all of the second and more; zero when each has something of its own. */
function setOrder(one: readonly string[], other: readonly string[]): number {
  const [covers, covered] = [holdsAll(one, other), holdsAll(other, one)]
  return Number(covers) - Number(covered)
}

function holdsAll(one: readonly string[], other: readonly string[]): boolean {
  return one.includes('*') || other.every(member => one.includes(member))
}

/** A whole number on a scale. */
export function counts(value: number, more: 'better' | 'worse', unit?: string): Scale {
  return { amount: fraction(value), more, ...(unit !== undefined && { unit }) }
}

/** An amount or a percentage, as contracts write them. */
export function decimals(text: string, more: 'better' | 'worse', unit?: string): Scale {
  return { amount: decimal(text), more, ...(unit !== undefined && { unit }) }
}

/** The same for `"0.1"` and `"0.10"`. */
export function sameAmount(text: string): string {
  const { numerator, denominator } = decimal(text)
  return `${numerator}/${denominator}`
}
