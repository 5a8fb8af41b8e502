import { createLog } from '../http/log.ts'
import { untilSignalled } from './signals.ts'
import type { ServeSettings } from './settings.ts'
import { standIn } from './stand-in.ts'
import { isBug } from './usage-error.ts'
import { type Weir, type WeirParts, startWeir } from './weir.ts'

/** `weir serve`: runs until SIGTERM or SIGINT; resolves to the exit status. */
export async function runServe(settings: ServeSettings, env: NodeJS.ProcessEnv): Promise<number> {
  const log = createLog({ level: settings.logLevel })
  // From the first moment, so that a signal during the start ends it in order too.
  const signalled = untilSignalled()
  const fatal = Promise.withResolvers<Error>()
  let weir: Weir | undefined
  try {
    weir = await startWhenThere(settings, { env, log, onFatal: fatal.resolve }, signalled)
  } catch (error) {
    if (isBug(error)) throw error
    process.stderr.write(`${(error as Error).message}\n`)
    return 1
  }
  if (weir === undefined) return 0
  const running = weir
  if (weir.operatorTokenIsNew) announceToken(weir.operatorToken, settings.data)
  const { gatewayUrl, controlUrl, threads } = weir
  log.info({ gateway: gatewayUrl || undefined, control: controlUrl, threads }, 'weir serves')

  process.on('SIGHUP', () => {
    running.reloadCertificate()
    running.reloadContract().catch((error: Error) => {
      log.error({ error: error.message }, 'the contract was not reloaded: the one in force stands')
    })
  })
  const ending = await Promise.race([signalled, fatal.promise])
  if (ending instanceof Error) log.fatal({ error: ending.message }, 'weir ends')
  else log.info({ signal: ending }, 'weir ends: finishing what runs')
  await weir.stop()
  log.info({}, 'weir ended')
  return ending instanceof Error ? 1 : 0
}

/** Undefined: it was asked to end while it still waited for its database. */
async function startWhenThere(
  settings: ServeSettings,
  parts: WeirParts,
  signalled: Promise<unknown>,
): Promise<Weir | undefined> {
  for (;;) {
    try {
      return await startWeir(settings, parts)
    } catch (cause) {
      const isThere = await standIn(settings, { cause, until: signalled, log: parts.log })
      if (isThere === undefined) throw cause
      if (!isThere) return undefined
    }
  }
}

/** On standard error and not in the log, which others may read. */
function announceToken(token: string, dataDir: string): void {
  process.stderr.write(
    `The operator token, shown this once and kept in ${dataDir}/operator-token:\n  ${token}\n`,
  )
}
