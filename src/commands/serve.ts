import { createLog } from '../http/log.ts'
import { untilSignalled } from './signals.ts'
import type { ServeSettings } from './settings.ts'
import { type Weir, startWeir } from './weir.ts'

/** `weir serve`: runs until SIGTERM or SIGINT; resolves to the exit status. */
export async function runServe(settings: ServeSettings, env: NodeJS.ProcessEnv): Promise<number> {
  const log = createLog({ level: settings.logLevel })
  // From the first moment, so that a signal during the start ends it in order too.
  const signalled = untilSignalled()
  const fatal = Promise.withResolvers<Error>()
  let weir: Weir
  try {
    weir = await startWeir(settings, { env, log, onFatal: fatal.resolve })
  } catch (error) {
    if (isBug(error)) throw error
    process.stderr.write(`${(error as Error).message}\n`)
    return 1
  }
  if (weir.operatorTokenIsNew) announceToken(weir.operatorToken, settings.data)
  const { gatewayUrl, controlUrl, threads } = weir
  log.info({ gateway: gatewayUrl || undefined, control: controlUrl, threads }, 'weir serves')

  process.on('SIGHUP', () => {
    weir.reloadCertificate()
    weir.reloadContract().catch((error: Error) => {
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

/** What can be mended from outside comes as an Error with a sentence; what the language throws is ours to mend. */
function isBug(error: unknown): boolean {
  return (
    !(error instanceof Error) || [TypeError, RangeError, ReferenceError].some(bug => error instanceof bug)
  )
}

/** On standard error and not in the log, which others may read. */
function announceToken(token: string, dataDir: string): void {
  process.stderr.write(
    `The operator token, shown this once and kept in ${dataDir}/operator-token:\n  ${token}\n`,
  )
}
