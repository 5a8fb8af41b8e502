import { type FSWatcher, realpathSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import { type Certificate, type TlsFiles, certificateWarning, readCertificate } from './certificate.ts'
import type { GatewayLog } from './gateway.ts'

/** The certificate in use, read again when its files change. */
export interface CertificateKeeper {
  readonly current: Certificate
  /** Reads the files again. A pair that does not hold is logged, and the one in use stays. */
  reload(): void
  close(): void
}

export interface KeeperOptions {
  readonly clock: () => number
  readonly log: GatewayLog
  /** Another certificate is to be served with from now on. */
  readonly onChanged: (certificate: Certificate) => void
}

/** Whoever renews writes two files, and tools write each in several steps: what is read is what they left. */
const SETTLED_MS = 300

/** Throws a CertificateError if the files do not hold now. */
export function keepCertificate(
  files: TlsFiles,
  { clock, log, onChanged }: KeeperOptions,
): CertificateKeeper {
  let current = readCertificate(files)
  let watchers: FSWatcher[] = []
  let settling: NodeJS.Timeout | undefined
  warn()
  watchFolders()

  function warn(): void {
    const warning = certificateWarning(current, clock())
    if (warning !== undefined) log.warn({ notAfter: new Date(current.notAfterMs).toISOString() }, warning)
  }

  function look(): void {
    let found: Certificate
    try {
      found = readCertificate(files)
    } catch (error) {
      log.error(
        { error: (error as Error).message },
        'the TLS certificate was not reloaded: the one in use stays',
      )
      return
    }
    if (found.cert === current.cert && found.key === current.key) return
    current = found
    onChanged(found)
    log.info({ notAfter: new Date(found.notAfterMs).toISOString() }, 'another TLS certificate is in use')
    warn()
  }

  /** Folders, because renewing replaces files; where a link leads lies in another one, and may change with it. */
  function watchFolders(): void {
    for (const watcher of watchers) watcher.close()
    const named = [files.cert, files.key]
    const folders = new Set([...named, ...named.map(file => realpathOr(file))].map(file => dirname(file)))
    watchers = [...folders].flatMap(folder => {
      try {
        return watch(folder, { persistent: false }, changed).on('error', error => unwatched(folder, error))
      } catch (error) {
        unwatched(folder, error as Error)
        return []
      }
    })
  }

  function unwatched(folder: string, error: Error): void {
    log.warn(
      { folder, error: error.message },
      'changes of the TLS certificate are not seen: send SIGHUP after one',
    )
  }

  function changed(): void {
    clearTimeout(settling)
    settling = setTimeout(reload, SETTLED_MS)
  }

  function reload(): void {
    look()
    watchFolders()
  }

  return {
    get current() {
      return current
    },
    reload,
    close() {
      clearTimeout(settling)
      for (const watcher of watchers) watcher.close()
    },
  }
}

/** A link that leads nowhere for the moment is one that is about to be changed. */
function realpathOr(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}
