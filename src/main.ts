#!/usr/bin/env node
import { enableCompileCache, getCompileCacheDir } from 'node:module'
import { Command } from 'commander'
import type { BackupSettings } from './commands/backup.ts'
import type { CheckSettings } from './commands/check.ts'
import type { DemoSettings } from './commands/demo.ts'
import type { MigrateSettings } from './commands/migrate.ts'
import type { ProbeSettings } from './commands/probe.ts'
import type { RestoreSettings } from './commands/restore.ts'
import { clockSpeed, instant, port } from './commands/flag-values.ts'
import {
  type ServeSettings,
  addProbeOptions,
  addServeOptions,
  addSimulateOptions,
  addUsageOptions,
} from './commands/settings.ts'
import { publicUrl } from './commands/status-options.ts'
import type { StatusCommandSettings } from './commands/status.ts'
import type { SimulateSettings } from './commands/simulate.ts'
import { addStoreOptions } from './commands/store-place.ts'
import type { UsageSettings } from './commands/usage.ts'
import type { VerifySettings } from './commands/verify.ts'
import { version } from './commands/version.ts'

// Compiled code is kept between starts, and each command loads only what it needs: a start takes half the time. Threads
// learn of it by the environment alone.
enableCompileCache()
process.env.NODE_COMPILE_CACHE ??= getCompileCacheDir()

// An empty variable is one that was not filled in, as in the files of compose and systemd.
for (const [name, value] of Object.entries(process.env)) {
  if (name.startsWith('WEIR_') && value === '') delete process.env[name]
}

const program = new Command('weir')
  .description('Stands in front of an API and keeps its contract.')
  .version(version)
  .showHelpAfterError('See weir --help.')
  .addHelpText(
    'after',
    `
Begin here:
  weir demo                               a chat API behind Weir, with commands to paste
  weir check contracts/chat.yaml          what a contract says, in plain words
  weir serve --contract contract.yaml --upstream http://127.0.0.1:4000`,
  )

addServeOptions(
  program
    .command('serve')
    .description('put Weir in front of an API')
    .addHelpText(
      'after',
      '\nSIGHUP reads the contract file and the TLS certificate again; SIGTERM finishes what runs and ends.',
    ),
).action(async (settings: ServeSettings) => {
  const { runServe } = await import('./commands/serve.ts')
  process.exitCode = await runServe(settings, process.env)
})

program
  .command('demo')
  .description('run a small chat API behind Weir, ready to try')
  .option('--port <number>', 'port of the gateway (8080, or any free one)', port)
  .option('--control-port <number>', 'port of the control API (8081, or any free one)', port)
  .option('--clock <instant>', 'the time the demo begins at, as 2026-04-01T00:00:00Z (now)', instant)
  .option('--speed <times>', 'how fast its time runs: 3600 is an hour a second (1)', clockSpeed)
  .action(async (settings: DemoSettings) => {
    const { runDemo } = await import('./commands/demo.ts')
    process.exitCode = await runDemo(settings, process.env)
  })

program
  .command('check')
  .description('read a contract: say what it promises, or every mistake in it')
  .argument('<file>', 'the contract')
  .option('--against <file>', 'say what changes for whom when the contract takes the place of this one')
  .option('--json', 'with --against: as JSON')
  .action(async (file: string, settings: CheckSettings) => {
    const { runCheck } = await import('./commands/check.ts')
    const io = {
      out: (text: string) => process.stdout.write(text),
      err: (text: string) => process.stderr.write(text),
    }
    process.exitCode = runCheck(file, io, settings)
  })

addSimulateOptions(
  program
    .command('simulate')
    .description('price a recorded month under another contract or plan, and say whom its limits would stop'),
).action(async (settings: SimulateSettings) => {
  const { runSimulate } = await import('./commands/simulate.ts')
  const io = {
    out: (text: string) => process.stdout.write(text),
    err: (text: string) => process.stderr.write(text),
  }
  process.exitCode = await runSimulate(settings, io, Date.now())
})

program
  .command('explain')
  .description('reckon promises by hand: a line of JSON in on stdin, a line out with its reasons')
  .argument('<kind>', 'credit, overage, maker, due, exclusion, claim, peak or downtime')
  .action(async (kind: string) => {
    const { runExplain } = await import('./commands/explain.ts')
    process.exitCode = await runExplain(kind, process)
  })

const output = {
  out: (text: string) => void process.stdout.write(text),
  err: (text: string) => void process.stderr.write(text),
}

addStoreOptions(
  program
    .command('migrate')
    .description(
      'show the schema of a store, and bring it up to date or back; weir serve brings it up to date',
    )
    .option('--to <name>', 'the migration that is to be the last one')
    .option('--back', 'take the last one back, for the Weir before this one')
    .option('--dry-run', 'only show what would be done'),
).action(async (settings: MigrateSettings) => {
  const { runMigrate } = await import('./commands/migrate.ts')
  process.exitCode = await runMigrate(settings, output)
})

addStoreOptions(
  program
    .command('backup')
    .description('make a backup of the store, while Weir runs or not')
    .requiredOption('--to <dir>', 'the folder in which each backup has one of its own')
    .option('--with-keys <file>', 'write the keys, which no backup holds, into this new file'),
).action(async (settings: BackupSettings) => {
  const { runBackup } = await import('./commands/backup.ts')
  process.exitCode = await runBackup(settings, process.env, output)
})

addStoreOptions(
  program
    .command('restore')
    .description('put a backup into an empty place')
    .requiredOption('--from <dir>', 'the backup: a folder weir-…')
    .option('--keys <file>', 'the keys, as weir backup --with-keys wrote them'),
).action(async (settings: RestoreSettings) => {
  const { runRestore } = await import('./commands/restore.ts')
  process.exitCode = await runRestore(settings, process.env, output)
})

addStoreOptions(
  program
    .command('status')
    .description('write the status page as files that need no running Weir')
    .requiredOption('--export <dir>', 'where to; pages there are replaced, each in one step')
    .option('--public-url <url>', 'where the running status page is reached, without /status', publicUrl),
).action(async (settings: StatusCommandSettings) => {
  const { runStatus } = await import('./commands/status.ts')
  process.exitCode = await runStatus(settings, output)
})

program
  .command('verify')
  .description('reckon the evidence of a month again, offline: what holds, or where it breaks')
  .argument('<file>', 'evidence-ORG-MONTH.jsonl')
  .option('--key <key>', 'the provider’s public key, as it publishes it at /status/evidence-key')
  .option('--head <hash>', 'a head that you kept: nothing up to it may have changed')
  .option('--opened <file>', 'what the provider opened of a verdict that all apps gave: does it fit?')
  .option('--json', 'as JSON')
  .action(async (file: string, settings: VerifySettings) => {
    const { runVerify } = await import('./commands/verify.ts')
    process.exitCode = await runVerify(file, settings, output)
  })

addProbeOptions(
  program
    .command('probe')
    .description('ask what the contract’s probes ask, from this machine, and report what was seen')
    .addHelpText(
      'after',
      `
WEIR_PROBE_TOKEN      the token of a member with the role probe; required
WEIR_PROBE_API_KEY    the API key that requests carry, of an app made with forProbes
WEIR_PROBE_API_TOKEN  their token, where the endpoints want one`,
    ),
).action(async (settings: ProbeSettings) => {
  const { runProbe } = await import('./commands/probe.ts')
  process.exitCode = await runProbe(settings, process.env)
})

addUsageOptions(
  program
    .command('usage')
    .description('what was used in a month: active users, the peak of connections, requests'),
).action(async (settings: UsageSettings) => {
  const { runUsage } = await import('./commands/usage.ts')
  process.exitCode = await runUsage(settings, {
    out: text => process.stdout.write(text),
    err: text => process.stderr.write(text),
  })
})

await program.parseAsync()
