import { join } from 'node:path'
import type { Logger } from 'pino'
import { createStandInApi } from '../control-plane/api/create-control-api.ts'
import { type KeptStatus, readKeptStatus } from '../control-plane/status/kept-status.ts'
import { lockDataDirectory } from '../store/data-lock.ts'
import { isAway, openStore } from '../store/open-store.ts'
import { listenOn } from './control-listener.ts'
import { KEPT_STATUS_FILE } from './start-status.ts'
import type { ServeSettings } from './settings.ts'
import { storePlace } from './store-place.ts'
import { version } from './version.ts'

/** How often a database that is away is asked whether it is back. */
const AGAIN_AFTER_MS = 5000

/**
 * Serves the status page as it was last, as long as the database is away at a start. Resolves with true once the
 * database is there, with false when `until` resolves before. Undefined at once: there is nothing to serve, or it is not
 * the database's absence that stood in the way.
 */
export async function standIn(
  settings: ServeSettings,
  { cause, until, log }: { readonly cause: unknown; readonly until: Promise<unknown>; readonly log: Logger },
): Promise<boolean | undefined> {
  if (settings.databaseUrl === undefined || settings.role === 'gateway' || !isAway(cause)) return undefined
  const kept = keptStatus(settings, log)
  if (kept === undefined) return undefined
  const lock = lockDataDirectory(settings.data)
  try {
    const server = await listen(settings, kept, log)
    const control = `http://${settings.controlHost}:${server.port}`
    const asOf = new Date(kept.status.asOfMs).toISOString()
    log.error(
      { error: (cause as Error).message, control, asOf },
      'only the status page is served, as it was last',
    )
    try {
      return await untilThere(settings, until)
    } finally {
      await server.close()
    }
  } finally {
    lock.release()
  }
}

/** What is wrong with the file is said; the start then ends with what stood in its way. */
function keptStatus({ data }: ServeSettings, log: Logger): KeptStatus | undefined {
  try {
    return readKeptStatus(join(data, KEPT_STATUS_FILE), version)
  } catch (error) {
    log.error({ error: (error as Error).message }, 'the status page cannot be shown as it was')
    return undefined
  }
}

async function listen(settings: ServeSettings, { status, evidence, publicKey }: KeptStatus, log: Logger) {
  const api = createStandInApi({
    log,
    logRequests: settings.logRequests,
    clock: Date.now,
    testClock: undefined,
    ready: () => false,
    metrics: async () => '# TYPE weir_store_reachable gauge\nweir_store_reachable 0\n',
    publicUrl: settings.publicUrl,
    evidenceKey: { publicKey },
    status: { current: async () => ({ ...status, isStale: true }) },
    evidence: { current: async () => ({ ...evidence, isStale: true }) },
  })
  return listenOn(api, settings)
}

/** True once the database is there, or says something else than that it is away: then a start says what it is. */
async function untilThere(settings: ServeSettings, until: Promise<unknown>): Promise<boolean> {
  const ended = until.then(() => true)
  for (;;) {
    const pause = Promise.withResolvers<boolean>()
    const timer = setTimeout(() => pause.resolve(false), AGAIN_AFTER_MS)
    const isEnded = await Promise.race([ended, pause.promise])
    clearTimeout(timer)
    if (isEnded) return false
    try {
      await (await openStore(storePlace(settings))).close()
      return true
    } catch (error) {
      if (!isAway(error)) return true
    }
  }
}
