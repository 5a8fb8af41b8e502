import { availableParallelism } from 'node:os'
import { type Command, Option } from 'commander'
import type { TestClock } from '../core/time/test-clock.ts'
import { type ClientLimitSettings, clientLimitDefaults, clientLimitFlags } from './client-limit-options.ts'
import {
  address,
  cidrs,
  files,
  mailAddress,
  mailAddresses,
  month,
  onOrOff,
  port,
  postgresUrl,
  smtpUrl,
  testClock,
  urls,
  whole,
} from './flag-values.ts'
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
  readonly invoiceFont: readonly string[]
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
      flag(
        '--invoice-font <files>',
        'fonts for letters of invoices beyond Latin, Greek and Cyrillic; several with commas, or repeated',
      )
        .default([], 'none')
        .argParser(files),
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
    .option('--contract <file>', 'the contract to price the month under (with --plan: the one in force)')
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
      new Option('--organization <id>', 'one customer, by day and app; else all, a line each').conflicts(
        'app',
      ),
    )
    .option('--app <id>', 'one app, by day and endpoint')
    .option('--month <month>', 'a UTC month, as 2026-10 (the running one)', month)
    .addOption(
      new Option(
        '--by <what>',
        'a line a day, an app of --organization, or a day and endpoint of --app; CSV else has days',
      ).choices(['day', 'app', 'endpoint']),
    )
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
