import { type HashKey, hashed, keyedHash } from '../counters/keyed-hash.ts'
import { LOCK_WORDS, breakLock, lock, unlock } from '../counters/lock.ts'
import { peerKey } from './peer-key.ts'

/**
 * How many connections each peer has, over all threads, in memory they share. Two hashed counts a peer, of which
 * the smaller holds: it never shows fewer than there are, and with fewer connections than cells hardly ever more.
 * The size is fixed, so no number of peers makes it grow.
 */
export interface PeerMemory {
  readonly bytes: SharedArrayBuffer
  readonly threads: number
  readonly hashKey: HashKey
}

export interface PeerCounts {
  /**
   * Counts a connection, or says which bound it is beyond; then it counts nowhere. Without an address it counts
   * among all alone: it is a proxy's, behind which many clients stand.
   */
  enter(address: string | undefined): 'entered' | 'peer' | 'all'
  leave(address: string | undefined): void
}

/** Cells a row; a power of two. */
const CELLS = 1 << 14
/** Two rows, and behind them the thread's total. */
const PER_THREAD = 2 * CELLS + 1
const LOCK_BYTES = 4 * LOCK_WORDS

export function createPeerMemory(threads: number, hashKey: HashKey): PeerMemory {
  return { bytes: new SharedArrayBuffer(LOCK_BYTES + threads * PER_THREAD * 4), threads, hashKey }
}

/** `owner` counts from 1. What a thread before it left behind, whose connections died with it, is forgotten. */
export function openPeerCounts(
  memory: PeerMemory,
  owner: number,
  limits: { readonly maxConnectionsPerPeer: number; readonly maxConnections: number },
): PeerCounts {
  const lockWords = new Int32Array(memory.bytes, 0, LOCK_WORDS)
  const cells = new Int32Array(memory.bytes, LOCK_BYTES)
  const own = (owner - 1) * PER_THREAD
  cells.fill(0, own, own + PER_THREAD)

  function sum(cell: number): number {
    let total = 0
    for (let at = cell; at < cells.length; at += PER_THREAD) total += Atomics.load(cells, at)
    return total
  }
  function add(address: string | undefined, change: 1 | -1): void {
    Atomics.add(cells, own + 2 * CELLS, change)
    if (address === undefined) return
    keyedHash(memory.hashKey, peerKey(address))
    Atomics.add(cells, own + (hashed.low & (CELLS - 1)), change)
    Atomics.add(cells, own + CELLS + (hashed.high & (CELLS - 1)), change)
  }
  function isFull(address: string): boolean {
    keyedHash(memory.hashKey, peerKey(address))
    const first = sum(hashed.low & (CELLS - 1))
    const second = sum(CELLS + (hashed.high & (CELLS - 1)))
    return Math.min(first, second) >= limits.maxConnectionsPerPeer
  }

  return {
    // Two threads that looked at the same time would both find the last place free.
    enter(address) {
      lock(lockWords, owner)
      try {
        if (address !== undefined && isFull(address)) return 'peer'
        if (sum(2 * CELLS) >= limits.maxConnections) return 'all'
        add(address, 1)
        return 'entered'
      } finally {
        unlock(lockWords)
      }
    },
    leave: address => add(address, -1),
  }
}

/** Frees the counts if the thread that opened them as `owner` died while a connection entered. */
export function releasePeerCounts(memory: PeerMemory, owner: number): void {
  breakLock(new Int32Array(memory.bytes, 0, LOCK_WORDS), owner)
}

/** Connections of all clients, for whoever holds the memory and takes none itself. */
export function openConnections(memory: PeerMemory): number {
  const cells = new Int32Array(memory.bytes, LOCK_BYTES)
  let total = 0
  for (let at = 2 * CELLS; at < cells.length; at += PER_THREAD) total += Atomics.load(cells, at)
  return total
}
