import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { type Batch, rowsOf } from '../../store/batch.ts'

/**
 * A batch on disk: the length of what follows the head, its CRC-32, its rows (32 bits each, little-endian), then the
 * batch as JSON, compressed with Zstandard. Sequences and users do not compress, repeated names nearly vanish.
 */
export function encodeFrame(batch: Batch): Buffer {
  const body = zstdCompressSync(JSON.stringify(batch))
  const head = Buffer.alloc(FRAME_HEAD_BYTES)
  head.writeUInt32LE(body.length, 0)
  head.writeUInt32LE(crc32(body), 4)
  head.writeUInt32LE(rowsOf(batch), 8)
  return Buffer.concat([head, body])
}

const FRAME_HEAD_BYTES = 12

export interface FramePlace {
  readonly offset: number
  readonly length: number
  readonly rows: number
}

/** The whole frames from the file's start; behind the last of them nothing can be read. */
export function findFrames(file: Buffer): FramePlace[] {
  const frames: FramePlace[] = []
  for (let offset = 0; offset + FRAME_HEAD_BYTES <= file.length;) {
    const length = FRAME_HEAD_BYTES + file.readUInt32LE(offset)
    if (length === FRAME_HEAD_BYTES || offset + length > file.length) break
    const body = file.subarray(offset + FRAME_HEAD_BYTES, offset + length)
    if (crc32(body) !== file.readUInt32LE(offset + 4)) break
    frames.push({ offset, length, rows: file.readUInt32LE(offset + 8) })
    offset += length
  }
  return frames
}

/** Throws if the frame is not what was written. */
export function decodeFrame(frame: Buffer): Batch {
  const body = frame.subarray(FRAME_HEAD_BYTES)
  if (crc32(body) !== frame.readUInt32LE(4)) throw new Error('a batch in the spool was changed on disk')
  return JSON.parse(zstdDecompressSync(body).toString()) as Batch
}
