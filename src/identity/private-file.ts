import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'

export interface PrivateFile {
  readonly text: string
  readonly created: boolean
  /** Set when others than the owner may read the file. */
  readonly warning: string | undefined
}

/**
 * The trimmed text of `file`; when there is none, it is made with what `make` gives, readable by its owner
 * alone. Of two processes that start together, one makes it and both read the same.
 */
export function readOrCreatePrivateFile(file: string, make: () => string): PrivateFile {
  const present = read(file)
  if (present !== undefined) return present
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const created = create(file, make())
  const made = read(file)
  if (made === undefined)
    throw new Error(`The file ${file} was removed while it was being made; start again.`)
  return { ...made, created }
}

function read(file: string): PrivateFile | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim()
    return { text, created: false, warning: warningFor(file) }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** A whole file is linked into place, so a reader never meets half of one, even after a crash. */
function create(file: string, text: string): boolean {
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  const descriptor = openSync(draft, 'wx', 0o600)
  try {
    writeFileSync(descriptor, `${text}\n`)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  } finally {
    unlinkSync(draft)
  }
}

function warningFor(file: string): string | undefined {
  const mode = statSync(file).mode & 0o777
  // Windows has no such bits; Node makes them up there.
  if (process.platform === 'win32' || (mode & 0o077) === 0) return undefined
  return `${file} can be read by others (mode ${mode.toString(8)}); run: chmod 600 ${file}`
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
