import { createLog } from '../http/log.ts'
import { ControlError, createControl } from './probe/control.ts'
import { startProbing } from './probe/probing.ts'
import { untilSignalled } from './signals.ts'

export interface ProbeSettings {
  /** The address of the control port. */
  readonly control: string
  /** The public address of the API. */
  readonly url: string
  readonly place: string
  readonly logLevel: string
}

/**
 * `weir probe`: asks what the contract's probes ask, from where it runs, and reports what it saw, until SIGTERM or
 * SIGINT. Needs no store and no contract. Resolves to the exit status: 1 if the token is missing, or refused at the
 * start.
 */
export async function runProbe(settings: ProbeSettings, env: NodeJS.ProcessEnv): Promise<number> {
  const log = createLog({ level: settings.logLevel })
  const signalled = untilSignalled()
  const { control: url, url: api, place } = settings
  const token = env['WEIR_PROBE_TOKEN']
  if (token === undefined) {
    process.stderr.write(
      'WEIR_PROBE_TOKEN is not set: add a member with the role probe, named as the place, and put its token there.\n',
    )
    return 1
  }
  const target = { url: api, apiKey: env['WEIR_PROBE_API_KEY'], token: env['WEIR_PROBE_API_TOKEN'] }
  if (goesInClear(url)) log.warn({ control: url }, 'the token goes over plain http: put TLS in between')
  const ended = new AbortController()
  const control = createControl({ url, token, place })
  const probing = startProbing({ control, target, place, log, ended: ended.signal })
  const ending = await Promise.race([signalled, probing.refused])
  ended.abort()
  await probing.stop()
  if (ending instanceof ControlError) {
    process.stderr.write(`${url} refuses this probe: ${ending.message}\n`)
    return 1
  }
  log.info({ signal: ending }, 'the probe ended')
  return 0
}

function goesInClear(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'http:' && !/^(localhost|127\.|\[::1\])/.test(hostname)
}
