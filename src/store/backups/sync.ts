import { closeSync, fsyncSync, openSync } from 'node:fs'

/** What was written to the file is on the disk when this returns. */
export function syncFile(file: string): void {
  sync(file, 'r+')
}

/** The names in the folder are on the disk when this returns. */
export function syncFolder(folder: string): void {
  // Windows opens no folders; there a rename is on the disk when it returns.
  if (process.platform !== 'win32') sync(folder, 'r')
}

function sync(path: string, flags: 'r' | 'r+'): void {
  const descriptor = openSync(path, flags)
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
