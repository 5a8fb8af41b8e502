import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** A disk of a test's own that can be filled to the last byte. */
export interface SmallDisk {
  readonly folder: string
  /** Takes all the room that is left. */
  fill(): void
  /** Gives that room back. */
  empty(): void
  unmount(): void
}

/** A file system in memory, mounted at `folder`; undefined where this user may not mount one. */
export function mountSmallDisk(folder: string, sizeKib: number): SmallDisk | undefined {
  mkdirSync(folder, { recursive: true })
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeKib}k`, 'tmpfs', folder])
  if (mounted.status !== 0) return undefined
  const ballast = join(folder, 'ballast')
  return {
    folder,
    fill() {
      const file = openSync(ballast, 'a')
      const page = Buffer.alloc(4096, 1)
      try {
        for (;;) writeSync(file, page)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      } finally {
        closeSync(file)
      }
    },
    empty: () => rmSync(ballast, { force: true }),
    unmount() {
      const { status, stderr } = spawnSync('umount', [folder], { encoding: 'utf8' })
      if (status !== 0) throw new Error(`umount: ${stderr}`)
    },
  }
}
