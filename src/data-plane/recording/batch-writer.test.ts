import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Batch, rowsOf } from '../../store/batch.ts'
import { type BatchLists, createBatchWriter } from './batch-writer.ts'
import { type Spool, openSpool } from './spool.ts'

const minute = Date.UTC(2026, 10, 30)
const day = 86_400_000

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'weir-spool-'))
})
const opened: Spool[] = []
afterEach(async () => {
  for (const spool of opened.splice(0)) await spool.close()
  rmSync(directory, { recursive: true })
})

async function writer(
  apply: (batches: readonly Batch[]) => Promise<unknown>,
  {
    maxBytes = 1 << 24,
    nodeId = 'node_1',
    makeRoom,
  }: { maxBytes?: number; nodeId?: string; makeRoom?: () => void } = {},
) {
  const told = { errors: 0, diskErrors: 0, droppedRows: 0, lost: 0, lostBefore: 0 }
  const spool = await openSpool({
    directory,
    maxBytes,
    nodeId,
    startedMs: 1,
    onLost: () => told.lost++,
    onSyncError: () => undefined,
  })
  opened.push(spool)
  const batches = createBatchWriter({
    nodeId,
    clock: () => minute,
    spool,
    apply,
    onError: () => told.errors++,
    onDiskError: () => told.diskErrors++,
    onDrop: rows => (told.droppedRows += rows),
    onLostBefore: count => (told.lostBefore += count),
    ...(makeRoom && { reserve: { free: async () => makeRoom() } }),
  })
  return { batches, spool, told }
}

const user = (name: string): BatchLists => ({ users: [{ appId: 'a', userKey: name, atMs: minute }] })
const away = () => Promise.reject(new Error('away'))

/** A device that answers every write as a full disk does, in the place of the next files of the spool. */
function fillDisk(files = 40): void {
  for (let file = 1; file <= files; file++) {
    const name = `000000000000001-node_1-${`${file}`.padStart(6, '0')}.spool`
    symlinkSync('/dev/full', join(directory, name))
  }
}

function emptyDisk(): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const file = join(directory, entry.name)
    if (entry.isSymbolicLink() && readlinkSync(file) === '/dev/full') rmSync(file)
  }
}

/** Too random to be compressed away. */
function manyRequests(count: number): BatchLists {
  const requests = Array.from({ length: count }, () => ({
    appId: 'a',
    endpoint: crypto.randomUUID(),
    platform: 'web',
    outcome: 'served' as const,
    minuteMs: minute,
    count: 1,
    latency: [1],
  }))
  const slice = { name: 'a', sliceMs: minute, seconds: 10, valid: count, failed: 0 }
  return { requests, appSlices: [slice] }
}

describe('the batch writer', () => {
  it('numbers batches from 1 without gaps, and joins what came while it was writing', async () => {
    const taken: Batch[] = []
    const { batches } = await writer(async all => taken.push(...all))
    batches.add(user('ann'))
    await batches.flush(5000)
    for (const name of ['bob', 'cid', 'dan']) batches.add(user(name))
    await batches.flush(5000)
    expect(taken.map(({ sequence, users }) => [sequence, users.length])).toEqual([
      [1, 1],
      [2, 3],
    ])
    expect(batches.waitingRows).toBe(0)
  })

  it('gives a batch again, with its number, until the store has taken it', async () => {
    const sequences: number[][] = []
    const { batches, told } = await writer(async all => {
      sequences.push(all.map(({ sequence }) => sequence))
      if (sequences.length < 2) throw new Error('away')
    })
    batches.add(user('ann'))
    await batches.flush(10_000)
    expect(sequences).toEqual([[1], [1]])
    expect(told.errors).toBe(1)
  })

  it('says so when the store does not take everything in time', async () => {
    const { batches } = await writer(away)
    batches.add({ closed: [{ id: 'con_1', atMs: 1 }] })
    await expect(batches.flush(300)).rejects.toThrow('did not take 1 rows in 300 ms')
    await batches.stop(0)
  })

  it('leaves what the store did not take for the next start, which sends it under its old name', async () => {
    const first = await writer(away)
    for (const name of ['ann', 'bob']) {
      first.batches.add(user(name))
      await expect(first.batches.flush(300)).rejects.toThrow('did not take')
    }
    expect(await first.batches.stop(0)).toEqual({ waitingRows: 2, lost: undefined })
    await opened.pop()?.close()
    const taken: Batch[] = []
    const second = await writer(async all => taken.push(...all))
    await second.batches.flush(5000)
    expect(taken.map(({ nodeId, sequence, users }) => [nodeId, sequence, users[0]?.userKey])).toEqual([
      ['node_1', 1, 'ann'],
      ['node_1', 2, 'bob'],
    ])
    expect(second.batches.waitingRows).toBe(0)
  })

  it('drops the newest when the disk is used up, counts it, and marks its time for each app', async () => {
    const taken: Batch[] = []
    let open = false
    const { batches, told } = await writer(async all => (open ? taken.push(...all) : away()), {
      maxBytes: 64 << 10,
    })
    batches.add(user('first'))
    await expect(batches.flush(300)).rejects.toThrow('did not take')
    batches.add({ ...manyRequests(3000), closed: [{ id: 'con_1', atMs: minute }] })
    await expect(batches.flush(600)).rejects.toThrow('did not take')
    expect(told.droppedRows).toBe(3000)
    open = true
    batches.add({ beats: [{ fromMs: minute + day, toMs: minute + day }] })
    await batches.flush(10_000)
    expect(taken.flatMap(each => each.requests)).toEqual([])
    expect(taken.flatMap(each => each.users)).toHaveLength(1)
    expect(taken.flatMap(each => each.unmeasured)).toEqual([
      { appId: 'a', fromMs: minute, toMs: minute + 10_000 },
    ])
    expect(taken.flatMap(each => each.closed)).toHaveLength(1)
    expect(taken.map(({ sequence }) => sequence)).toEqual(taken.map((_, at) => at + 1))
  })

  it.runIf(existsSync('/dev/full'))(
    'goes on in memory when the disk is full, drops what that cannot hold, and marks it',
    async () => {
      const state = { away: false, taken: [] as Batch[] }
      const { batches, told } = await writer(async all => (state.away ? away() : state.taken.push(...all)))
      fillDisk()
      batches.add(user('ann'))
      await batches.flush(5000)
      expect(told.diskErrors).toBeGreaterThan(0)
      expect(state.taken.flatMap(each => each.users)).toHaveLength(1)
      state.away = true
      batches.add(manyRequests(60_000))
      await expect(batches.flush(300)).rejects.toThrow('did not take')
      batches.add(manyRequests(60_000))
      await expect(batches.flush(1500)).rejects.toThrow('did not take')
      expect(told.droppedRows).toBe(60_000)
      state.away = false
      batches.add(user('bob'))
      await batches.flush(10_000)
      expect(state.taken.flatMap(each => each.requests)).toHaveLength(60_000)
      expect(state.taken.flatMap(each => each.unmeasured)).toHaveLength(1)
      expect(state.taken.every(each => rowsOf(each) > 0)).toBe(true)
    },
  )

  describe.runIf(existsSync('/dev/full'))('that ends while the disk is full and the store is away', () => {
    /** A writer that holds the batches of two users and a slice in memory alone. */
    async function holding(makeRoom?: () => void) {
      const ending = await writer(away, makeRoom && { makeRoom })
      fillDisk()
      for (const lists of [user('ann'), { ...user('bob'), ...manyRequests(1) }]) {
        ending.batches.add(lists)
        await expect(ending.batches.flush(300)).rejects.toThrow('did not take')
      }
      expect(ending.spool.rows).toBe(0)
      return ending
    }

    async function next() {
      await opened.pop()?.close()
      emptyDisk()
      const taken: Batch[] = []
      const following = await writer(async all => taken.push(...all), { nodeId: 'node_2' })
      await following.batches.flush(5000)
      return { taken, told: following.told }
    }

    it('leaves on disk what it held in memory, if there is room again', async () => {
      const { batches, told } = await holding()
      emptyDisk()
      expect(await batches.stop(0)).toEqual({ waitingRows: 4, lost: undefined })
      const { taken, told: later } = await next()
      expect(taken.map(({ sequence, users }) => [sequence, users.length])).toEqual([
        [1, 1],
        [2, 1],
      ])
      expect([told.droppedRows, later.lostBefore]).toEqual([0, 0])
    })

    it('says what is lost, and leaves a mark in the room that was kept for it', async () => {
      const { batches } = await holding(emptyDisk)
      // The disk has room for nothing but the mark.
      const { waitingRows, lost } = await batches.stop(0)
      expect(lost).toEqual({ rows: 3, batches: 2, fromMs: minute, toMs: minute, marked: true })
      expect(waitingRows).toBe(1)
      const { taken, told } = await next()
      expect(taken.flatMap(({ users }) => users)).toEqual([])
      expect(taken.flatMap(({ unmeasured }) => unmeasured)).toEqual([
        { appId: 'a', fromMs: minute, toMs: minute + 10_000 },
      ])
      expect(told.lostBefore).toBe(2)
    })

    it('says so when not even a mark could be left', async () => {
      const { batches } = await holding()
      const { waitingRows, lost } = await batches.stop(0)
      expect(lost).toMatchObject({ rows: 3, batches: 2, marked: false })
      expect(waitingRows).toBe(0)
      expect((await next()).told.lostBefore).toBe(0)
    })

    it('has lost nothing when it held only beats, and they stand in its mark', async () => {
      const ending = await writer(away, { makeRoom: emptyDisk })
      fillDisk()
      const beat = { fromMs: minute, toMs: minute + 1000 }
      ending.batches.add({ beats: [beat] })
      await expect(ending.batches.flush(300)).rejects.toThrow('did not take')
      expect(await ending.batches.stop(0)).toEqual({ waitingRows: 1, lost: undefined })
      const { taken, told } = await next()
      expect(taken.flatMap(({ beats }) => beats)).toEqual([beat])
      expect(told.lostBefore).toBe(0)
    })
  })
})
