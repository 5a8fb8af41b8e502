import { availableParallelism } from 'node:os'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { isMonth } from '../core/time/month.ts'
import type { TestClock } from '../core/time/test-clock.ts'
import { readCidr } from '../data-plane/gateway/trusted-proxies.ts'
import { type ClientLimitSettings, clientLimitDefaults, clientLimitFlags } from './client-limit-options.ts'
import { type StatusSettings, addStatusOptions } from './status-options.ts'

/** What `weir serve` is started with: flags, else the `WEIR_…` variable of the same name, else the default. */
export interface ServeSettings extends ClientLimitSettings, StatusSettings {
  readonly contract: string | undefined
  readonly upstream: readonly string[] | undefined
  readonly data: string
  readonly databaseUrl: string | undefined
  readonly role: Role
  readonly backupTo: string | undefined
  readonly backupEveryHours: number
  readonly backupKeep: number
  readonly testClock: TestClock | undefined
  readonly spoolMib: number
  readonly host: string
  readonly port: number
  readonly controlHost: string
  readonly controlPort: number
  readonly threads: number
  readonly counters: number
  readonly pingSeconds: number
  readonly drainSeconds: number
  readonly logLevel: string
  readonly logRequests: boolean
  readonly trustProxy: readonly string[]
  readonly tlsCert: string | undefined
  readonly tlsKey: string | undefined
  readonly allowPrivateWebhooks: boolean
  readonly smtpUrl: string | undefined
  readonly mailFrom: string
  readonly alertMail: readonly string[]
}

/** What a node does: carry traffic, run the control API and the jobs, or both. */
export type Role = 'all' | 'gateway' | 'control'

/** Adds the flags of `weir serve`. Every one of them can be given in the environment too. */
export function addServeOptions(command: Command): Command {
  const flag = (flags: string, text: string) => {
    const option = new Option(flags, text)
    const name = option.attributeName().replaceAll(/[A-Z]/g, letter => `_${letter}`)
    return option.env(`WEIR_${name.toUpperCase()}`)
  }
  for (const { setting, flags, text, least, most } of clientLimitFlags) {
    command.addOption(flag(flags, text).default(clientLimitDefaults[setting]).argParser(whole(least, most)))
  }
  return addStatusOptions(command, flag)
    .addOption(flag('--contract <file>', 'the contract to keep; without it, the last one that was loaded'))
    .addOption(
      flag(
        '--upstream <urls>',
        'where requests go, if not where the contract says; several with commas',
      ).argParser(urls),
    )
    .addOption(flag('--tls-cert <file>', 'the gateway speaks TLS: certificate chain in PEM form'))
    .addOption(flag('--tls-key <file>', 'its private key in PEM form'))
    .addOption(flag('--data <dir>', 'where the database and the keys lie').default('.weir'))
    .addOption(
      flag(
        '--database-url <url>',
        'keep the store in this Postgres database, postgres://…, instead of a file in --data',
      ).argParser(postgresUrl),
    )
    .addOption(
      flag('--role <role>', 'what this node does: all, or with --database-url only gateway or only control')
        .default('all')
        .choices(['all', 'gateway', 'control']),
    )
    .addOption(flag('--backup-to <dir>', 'make backups of the store there, on a schedule'))
    .addOption(
      flag('--backup-every-hours <number>', 'how often')
        .default(24)
        .argParser(whole(1, 24 * 366)),
    )
    .addOption(
      flag('--backup-keep <number>', 'how many backups are kept there')
        .default(7)
        .argParser(whole(1, 10_000)),
    )
    .addOption(
      flag(
        '--test-clock <instant[,speed[,since]]>',
        'for tests: the time Weir begins at, as 2026-04-01T00:00:00Z, how fast it runs, and since when (the start)',
      ).argParser(testClock),
    )
    .addOption(
      flag('--spool-mib <number>', 'usage that may wait in --data while the store is away')
        .default(256)
        .argParser(whole(1, 1 << 20)),
    )
    .addOption(flag('--host <address>', 'where the gateway listens').default('127.0.0.1'))
    .addOption(flag('--port <number>', 'port of the gateway; 0: any free one').default(8080).argParser(port))
    .addOption(flag('--control-host <address>', 'where the control API listens').default('127.0.0.1'))
    .addOption(
      flag('--control-port <number>', 'port of the control API; 0: any free one')
        .default(8081)
        .argParser(port),
    )
    .addOption(
      flag('--threads <number>', 'gateway threads')
        .default(availableParallelism(), 'one a core')
        .argParser(whole(1, 256)),
    )
    .addOption(
      flag('--counters <number>', 'room for this many counters at once, 16 bytes each')
        .default(4_194_304, '4194304')
        .argParser(whole(64, 1 << 26)),
    )
    .addOption(
      flag(
        '--ping-seconds <number>',
        'a WebSocket that was silent for so long is pinged, and closed if it stays silent',
      )
        .default(30)
        .argParser(whole(1, 3600)),
    )
    .addOption(
      flag('--drain-seconds <number>', 'at the end, how long running requests may take to finish')
        .default(25)
        .argParser(whole(0, 3600)),
    )
    .addOption(
      flag(
        '--trust-proxy <cidrs>',
        'proxies whose X-Forwarded-* fields hold; several with commas, or repeated',
      )
        .default([], 'none')
        .argParser(cidrs),
    )
    .addOption(
      flag('--allow-private-webhooks [on|off]', 'webhooks may go to private addresses, and over plain http')
        .default(false, 'off')
        .preset('on')
        .argParser(onOrOff),
    )
    .addOption(
      flag(
        '--smtp-url <url>',
        'the server that takes mail, smtp://… or smtps://…; without it none is sent',
      ).argParser(smtpUrl),
    )
    .addOption(
      flag('--mail-from <address>', 'whom mail is from').default('weir@localhost').argParser(mailAddress),
    )
    .addOption(
      flag('--alert-mail <addresses>', 'who gets alerts besides operators and support; several with commas')
        .default([], 'none')
        .argParser(mailAddresses),
    )
    .addOption(
      flag('--log-level <level>', 'structured logs on standard output')
        .default('info')
        .choices(['debug', 'info', 'warn', 'error', 'silent']),
    )
    .addOption(
      flag('--log-requests [on|off]', 'a log line for every request')
        .default(false, 'off')
        .preset('on')
        .argParser(onOrOff),
    )
}

/** Adds the flags of `weir simulate`; where the store lies may stand in the environment, as for `weir serve`. */
export function addSimulateOptions(command: Command): Command {
  return command
    .requiredOption('--contract <file>', 'the contract to price the month under')
    .requiredOption('--month <month>', 'the UTC month, as 2026-10', month)
    .addOption(
      new Option('--data <dir>', 'the data directory of the Weir that recorded it')
        .env('WEIR_DATA')
        .default('.weir'),
    )
    .addOption(
      new Option('--database-url <url>', 'its Postgres database, if the store is kept there')
        .env('WEIR_DATABASE_URL')
        .argParser(postgresUrl),
    )
    .option('--plan <name>', 'price everybody under this plan of the contract')
    .option('--organization <id>', 'only this customer')
    .addOption(new Option('--json', 'all of it as JSON').conflicts('csv'))
    .option('--csv', 'a row a customer')
}

/** Adds the flags of `weir probe`. Secrets come in the environment alone, so that no list of processes shows them. */
export function addProbeOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--control <url>', 'the control port of the Weir that is told')
        .env('WEIR_PROBE_CONTROL')
        .makeOptionMandatory()
        .argParser(address),
    )
    .addOption(
      new Option('--url <url>', 'the public address of the API, which probes call')
        .env('WEIR_PROBE_URL')
        .makeOptionMandatory()
        .argParser(address),
    )
    .addOption(
      new Option('--place <name>', 'where this is: the name of the member whose token it has')
        .env('WEIR_PROBE_PLACE')
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--log-level <level>', 'structured logs on standard output')
        .env('WEIR_LOG_LEVEL')
        .default('info')
        .choices(['debug', 'info', 'warn', 'error', 'silent']),
    )
}

/** Adds the flags of `weir usage`. */
export function addUsageOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--organization <id>', 'one customer, by day; else all, a line each').conflicts('app'),
    )
    .option('--app <id>', 'one app, by day and endpoint')
    .option('--month <month>', 'a UTC month, as 2026-10 (the running one)', month)
    .addOption(
      new Option('--data <dir>', 'the data directory of the Weir that recorded it')
        .env('WEIR_DATA')
        .default('.weir'),
    )
    .addOption(
      new Option('--database-url <url>', 'its Postgres database, if the store is kept there')
        .env('WEIR_DATABASE_URL')
        .argParser(postgresUrl),
    )
    .addOption(new Option('--json', 'as the API answers').conflicts('csv'))
    .option('--csv', 'as a table')
}

function month(text: string): string {
  if (isMonth(text)) return text
  throw new InvalidArgumentError('It must be a month such as 2026-10.')
}

/** Reads a port, as a flag's argument. */
export function port(text: string): number {
  return whole(0, 65_535)(text)
}

/** `2026-04-01T00:00:00Z`, `2026-04-01T00:00:00Z,3600`, or that and the real instant at which it began. */
function testClock(text: string): TestClock {
  const [start = '', speed = '1', since] = text.split(',')
  const originMs = since === undefined ? Date.now() : instant(since)
  return { startMs: instant(start), originMs, speed: clockSpeed(speed) }
}

/** Reads an instant with its offset from UTC, as a flag's argument. */
export function instant(text: string): number {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)) {
    const ms = Date.parse(text)
    if (Number.isFinite(ms)) return ms
  }
  throw new InvalidArgumentError('It must be an instant such as 2026-04-01T00:00:00Z.')
}

/** Reads how many times faster than real time a test clock runs. */
export function clockSpeed(text: string): number {
  return whole(1, MOST_CLOCK_SPEED)(text)
}

/** A day a second: faster, and a slice of availability would pass between two beats. */
const MOST_CLOCK_SPEED = 86_400

function onOrOff(text: string): boolean {
  if (['on', 'true', '1'].includes(text)) return true
  if (['off', 'false', '0', ''].includes(text)) return false
  throw new InvalidArgumentError('It must be on or off.')
}

function whole(least: number, most: number): (text: string) => number {
  return text => {
    const number = Number(text)
    if (/^\d+$/.test(text) && number >= least && number <= most) return number
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
  }
}

/** Reads the address of a Postgres database, as a flag’s argument. Never repeats it: it may hold a password. */
export function postgresUrl(text: string): string {
  const url = URL.parse(text)
  if (url && /^postgres(ql)?:$/.test(url.protocol) && url.pathname.length > 1) return text
  throw new InvalidArgumentError('It must be postgres://USER:PASSWORD@HOST:PORT/DATABASE.')
}

/** Never repeats the text: it may hold a password. */
function smtpUrl(text: string): string {
  const url = URL.parse(text)
  if (url && /^smtps?:$/.test(url.protocol) && url.hostname !== '') return text
  throw new InvalidArgumentError('It must be smtp://USER:PASSWORD@HOST:PORT or smtps://….')
}

function mailAddress(text: string): string {
  if (/^([^<>\p{Cc}]*<[^\s<>@\p{Cc}]+@[^\s<>@\p{Cc}]+>|[^\s<>@\p{Cc}]+@[^\s<>@\p{Cc}]+)$/u.test(text))
    return text
  throw new InvalidArgumentError(
    'It must be an address such as weir@example.com or "Weir <weir@example.com>".',
  )
}

function mailAddresses(text: string, before: readonly string[]): string[] {
  return [...before, ...text.split(',').map(part => mailAddress(part.trim()))]
}

function cidrs(text: string, before: readonly string[]): string[] {
  const given = text.split(',').map(part => part.trim())
  for (const part of given) {
    if (readCidr(part)) continue
    throw new InvalidArgumentError(`"${part}" is no network: write 10.0.0.0/8, fd00::/8 or a single address.`)
  }
  return [...before, ...given]
}

function urls(text: string): string[] {
  return text.split(',').map(part => address(part.trim()))
}

function address(text: string): string {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError(`"${text}" is no http:// or https:// address.`)
  }
  if (url.username || url.password) {
    throw new InvalidArgumentError('Credentials in an address would not be sent; leave them out.')
  }
  if (url.search || url.hash) throw new InvalidArgumentError('It must have no query and no fragment.')
  return url.href
}
