import { type FileHandle, mkdir, open, readFile, readdir, truncate, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Batch } from '../../store/batch.ts'
import { type FramePlace, decodeFrame, encodeFrame, findFrames } from './spool-frame.ts'

/**
 * Batches on disk until the store has them: every batch is written here first, so that a process that is killed has
 * lost none that was complete. What an earlier process left is found again and comes first.
 */
export interface Spool {
  /** Bytes on disk. */
  readonly bytes: number
  /** Rows of the batches that wait. */
  readonly rows: number
  /** False when there is no room. `spare`: it may use the room that is kept for what is small and must not be lost.
   * Rejects when the disk does not take it; the batch is then not in the spool. */
  append(batch: Batch, spare?: boolean): Promise<boolean>
  /** The oldest batches, at most this many rows of them, but one at least if any waits. */
  oldest(mostRows: number): Promise<Waiting[]>
  /** The store has it: it is not given again. */
  taken(batch: Waiting): Promise<void>
  close(): Promise<void>
}

export interface Waiting {
  readonly batch: Batch
  readonly place: object
}

export interface SpoolOptions {
  readonly directory: string
  readonly maxBytes: number
  readonly nodeId: string
  readonly startedMs: number
  /** Something on disk could not be read, or its end was cut off in the middle of a batch. */
  readonly onLost: (facts: { readonly file: string; readonly bytes: number }) => void
  /** The disk took a batch but could not make it durable: a power cut would lose it. */
  readonly onSyncError: (error: unknown) => void
}

/** A file is removed when all of it is in the store, so files are small beside the bound. */
const SEGMENT_BYTES = 4 << 20
/** A file whose batches are all in the store goes from here on: until then a restart sends them again, for nothing. */
const EMPTY_FROM_BYTES = 64 << 10
/** Of the bound, kept for beats and for the marks of what was dropped. */
const SPARE_SHARE = 1 / 16

interface Segment {
  readonly file: string
  handle: FileHandle | undefined
  bytes: number
  waiting: number
}

interface Entry extends FramePlace {
  readonly segment: Segment
  /** Kept in memory while it is the newest: nearly every batch is sent at once. */
  batch: Batch | undefined
}

/** Opens the spool, making its directory. Rejects if that cannot be read or made. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { directory, maxBytes } = options
  const segmentBytes = Math.min(SEGMENT_BYTES, maxBytes / 8)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const entries: Entry[] = []
  const segments = new Set<Segment>()
  let current: Segment | undefined
  let made = 0
  let bytes = 0
  let rows = 0
  let syncing = Promise.resolve()
  let last: Promise<unknown> = Promise.resolve()

  /** One at a time: a file is not removed while something is appended to it. */
  function exclusive<T>(task: () => Promise<T>): Promise<T> {
    const run = last.then(task, task)
    // Whoever asked for the task hears of its error; the next task only has to wait for its end.
    last = run.catch(() => undefined)
    return run
  }

  for (const name of (await readdir(directory)).toSorted()) if (name.endsWith(SUFFIX)) await find(name)

  async function find(name: string): Promise<void> {
    const file = join(directory, name)
    const content = await readFile(file)
    const frames = findFrames(content)
    const end = frames.at(-1)
    const whole = end ? end.offset + end.length : 0
    if (content.length > whole) {
      options.onLost({ file, bytes: content.length - whole })
      await truncate(file, whole)
    }
    if (frames.length === 0) {
      await unlink(file)
      return
    }
    const segment = { file, handle: undefined, bytes: whole, waiting: frames.length }
    segments.add(segment)
    bytes += whole
    for (const frame of frames) {
      entries.push({ ...frame, segment, batch: undefined })
      rows += frame.rows
    }
  }

  /** The file to append to; a new one after a failure, because nobody knows what a failed write left. */
  async function writable(): Promise<Segment> {
    if (current && current.bytes < segmentBytes) return current
    if (current) await finish(current)
    const stamp = `${options.startedMs}`.padStart(15, '0')
    const file = join(directory, `${stamp}-${options.nodeId}-${`${++made}`.padStart(6, '0')}${SUFFIX}`)
    current = { file, handle: await open(file, OPEN_FLAGS, 0o600), bytes: 0, waiting: 0 }
    segments.add(current)
    return current
  }

  /** Nothing more is appended to it. */
  async function finish(segment: Segment): Promise<void> {
    if (current === segment) current = undefined
    await syncing
    if (segment.waiting > 0) return
    segments.delete(segment)
    bytes -= segment.bytes
    await segment.handle?.close()
    segment.handle = undefined
    await unlink(segment.file)
  }

  async function read({ segment, offset, length }: Entry): Promise<Batch> {
    segment.handle ??= await open(segment.file, 'r')
    const frame = Buffer.alloc(length)
    await segment.handle.read(frame, 0, length, offset)
    return decodeFrame(frame)
  }

  async function remove(entry: Entry): Promise<void> {
    const at = entries.indexOf(entry)
    if (at < 0) return
    entries.splice(at, 1)
    rows -= entry.rows
    const { segment } = entry
    segment.waiting--
    if (segment.waiting > 0) return
    if (segment !== current) await finish(segment)
    else if (segment.bytes >= EMPTY_FROM_BYTES) await finish(segment)
  }

  async function append(batch: Batch, spare: boolean): Promise<boolean> {
    const frame = encodeFrame(batch)
    const most = spare ? maxBytes : maxBytes * (1 - SPARE_SHARE)
    if (bytes + frame.length > most) return false
    await syncing
    const segment = await writable()
    try {
      await writeAll(segment.handle!, frame, segment.bytes)
    } catch (error) {
      // The number of a batch that is not here may be another's: half of it must not be found later.
      await segment.handle!.truncate(segment.bytes).catch(options.onSyncError)
      await finish(segment)
      throw error
    }
    entries.push({
      segment,
      offset: segment.bytes,
      length: frame.length,
      rows: frame.readUInt32LE(8),
      batch: entries.length < KEPT_IN_MEMORY ? batch : undefined,
    })
    segment.bytes += frame.length
    segment.waiting++
    bytes += frame.length
    rows += frame.readUInt32LE(8)
    syncing = segment.handle!.datasync().catch(options.onSyncError)
    return true
  }

  async function oldest(mostRows: number): Promise<Waiting[]> {
    const found: Waiting[] = []
    let sum = 0
    for (const entry of entries.slice(0, MOST_AT_ONCE)) {
      sum += entry.rows
      if (found.length > 0 && sum > mostRows) break
      try {
        found.push({ batch: entry.batch ?? (await read(entry)), place: entry })
      } catch {
        options.onLost({ file: entry.segment.file, bytes: entry.length })
        await remove(entry)
      }
    }
    return found
  }

  return {
    get bytes() {
      return bytes
    },
    get rows() {
      return rows
    },
    append: (batch, spare = false) => exclusive(() => append(batch, spare)),
    oldest: mostRows => exclusive(() => oldest(mostRows)),
    taken: ({ place }) => exclusive(() => remove(place as Entry)),
    close: () =>
      exclusive(async () => {
        await syncing
        for (const segment of segments) {
          await segment.handle?.close()
          segment.handle = undefined
        }
      }),
  }
}

const SUFFIX = '.spool'
/** Never cuts off what is there; positions are given with each write. */
const OPEN_FLAGS = 'w+'
/** Batches of the last ten seconds; older ones are read again when their turn comes. */
const KEPT_IN_MEMORY = 40
const MOST_AT_ONCE = 100

/** A disk that is nearly full takes a part: the rest then fails with the reason. */
async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}
