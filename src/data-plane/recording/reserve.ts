import { stat, unlink, writeFile } from 'node:fs/promises'

/**
 * Room on the disk that is kept for the last words of a process: when the disk is full at its end, what it says about
 * the usage that is lost goes into the place of this file.
 */
export interface Reserve {
  /** Gives the room back; once. */
  free(): Promise<void>
}

/** A mark of some thousand spans, compressed; a longer one is cut down. */
const RESERVE_BYTES = 64 << 10

/** Makes the file unless it is there already. A disk that is full by now has no reserve: `onError` hears of it. */
export async function openReserve(file: string, onError: (error: unknown) => void): Promise<Reserve> {
  const size = await stat(file).then(
    found => found.size,
    () => 0,
  )
  // Written, not only made long: a file with holes takes no room.
  if (size < RESERVE_BYTES)
    await writeFile(file, Buffer.alloc(RESERVE_BYTES, 1), { mode: 0o600 }).catch(onError)
  return {
    async free() {
      await unlink(file).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      })
    },
  }
}
