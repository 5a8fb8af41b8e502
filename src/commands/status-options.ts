import { type Command, InvalidArgumentError, type Option } from 'commander'
import { whole } from './flag-values.ts'

/** What `weir serve` is told of its status page. */
export interface StatusSettings {
  /** Without a slash at its end. */
  readonly publicUrl: string | undefined
  readonly statusExport: string | undefined
  readonly statusExportEverySeconds: number
}

/** `flag` makes an option that the environment can give too. */
export function addStatusOptions(command: Command, flag: (flags: string, text: string) => Option): Command {
  return command
    .addOption(
      flag(
        '--public-url <url>',
        'where the status page is reached from outside, without /status: links in mail and feeds begin with it',
      ).argParser(publicUrl),
    )
    .addOption(flag('--status-export <dir>', 'write the status page there as files, again and again'))
    .addOption(
      flag('--status-export-every-seconds <number>', 'how often').default(60).argParser(whole(5, 86_400)),
    )
}

export function publicUrl(text: string): string {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError(`"${text}" is no http:// or https:// address.`)
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new InvalidArgumentError('It must have no user, no password, no query and no fragment.')
  }
  return url.href.replace(/\/+$/, '').replace(/\/status$/, '')
}
