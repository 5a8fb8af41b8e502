import type { Outcome } from './outcome.ts'

/**
 * What one gateway node recorded since its last batch. Instants are the store's time in milliseconds. Plain data: it
 * crosses threads and waits on disk as it is.
 */
export interface Batch {
  /** Fresh for each start of a process. */
  readonly nodeId: string
  /** From 1, without gaps at the sender. */
  readonly sequence: number
  readonly sentAtMs: number
  /** When the node beat: spans of unbroken beating, which may be a single instant. */
  readonly beats: readonly Span[]
  readonly requests: readonly TimedRequests[]
  readonly appSlices: readonly SliceCount[]
  readonly endpointSlices: readonly SliceCount[]
  readonly users: readonly SeenUser[]
  readonly opened: readonly OpenedConnection[]
  readonly closed: readonly { readonly id: string; readonly atMs: number }[]
  /** What was seen and could not be kept. */
  readonly unmeasured: readonly UnmeasuredSpan[]
  /** How long the node may be silent before it is taken for dead, by its own clock; the store's default if left out. */
  readonly silentMs?: number
  /** The node ends: nothing comes after this batch but what it sent before. */
  readonly ended?: true
  /** Batches that were lost when the node's process ended, of which this one is the mark. */
  readonly lostBatches?: number
}

/** Both ends as they were seen: `fromMs` equals `toMs` for an instant. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

export interface RequestCount {
  readonly appId: string
  readonly endpoint: string
  readonly platform: string
  readonly outcome: Outcome
  /** The start of the UTC minute in which they arrived. */
  readonly minuteMs: number
  readonly count: number
}

export interface TimedRequests extends RequestCount {
  /** How many took how long: a count a bucket, the bounds are the recorder's. Buckets left out at the end are 0. */
  readonly latency: readonly number[]
}

/** Requests of an app, or of an endpoint over all apps, that arrived in a slice. Numbers add up, and may correct. */
export interface SliceCount {
  /** The app's id, or the endpoint's name. */
  readonly name: string
  readonly sliceMs: number
  /** The slice's length: it is the contract's, and slices of two lengths are never mixed. */
  readonly seconds: number
  readonly valid: number
  readonly failed: number
}

export interface SeenUser {
  readonly appId: string
  /** As `userKey` gives it: the store keeps no ids of users. */
  readonly userKey: string
  readonly atMs: number
}

export interface OpenedConnection {
  readonly id: string
  readonly appId: string
  /** As `userKey` gives it; undefined: a server's own. */
  readonly userKey: string | undefined
  readonly platform: string
  readonly endpoint: string
  readonly atMs: number
}

/** Within `[fromMs, toMs)` requests were seen whose record is lost. */
export interface UnmeasuredSpan extends Span {
  /** undefined: of any app. */
  readonly appId: string | undefined
}

/** A batch that says nothing yet. */
export function emptyBatch(nodeId: string, sequence: number, sentAtMs: number): Batch {
  return {
    nodeId,
    sequence,
    sentAtMs,
    beats: [],
    requests: [],
    appSlices: [],
    endpointSlices: [],
    users: [],
    opened: [],
    closed: [],
    unmeasured: [],
  }
}

/** Rows that a batch may touch in the store. */
export function rowsOf(
  batch: Omit<Batch, 'nodeId' | 'sequence' | 'sentAtMs' | 'silentMs' | 'ended' | 'lostBatches'>,
): number {
  const { beats, requests, appSlices, endpointSlices, users, opened, closed, unmeasured } = batch
  const lists = [beats, requests, appSlices, endpointSlices, users, opened, closed, unmeasured]
  return lists.reduce((sum, list) => sum + list.length, 0)
}

/** Rows that batches touch when they are applied together: one that stands in several is written once. */
export function rowsOfAll(batches: readonly Batch[]): number {
  const shared = new Set<string>()
  let own = 0
  for (const { requests, appSlices, endpointSlices, beats, ...others } of batches) {
    for (const { appId, endpoint, platform, outcome, minuteMs } of requests) {
      shared.add(`${appId}\0${endpoint}\0${platform}\0${outcome}\0${minuteMs}`)
    }
    for (const { name, sliceMs, seconds } of appSlices) shared.add(`app\0${name}\0${sliceMs}\0${seconds}`)
    for (const { name, sliceMs, seconds } of endpointSlices) shared.add(`\0${name}\0${sliceMs}\0${seconds}`)
    if (beats.length > 0) shared.add(others.nodeId)
    own += others.users.length + others.opened.length + others.closed.length + others.unmeasured.length
  }
  return shared.size + own
}
