import { type DestinationStream, type Logger, destination, pino } from 'pino'

/** Fields that may hold a credential: whoever logs one by mistake logs `[hidden]`. */
const hidden = [
  'authorization',
  'apiKey',
  'secret',
  'token',
  'headers',
  '*.authorization',
  '*.apiKey',
  '*.secret',
  '*.token',
  '*.headers',
]

/** Structured logs, a JSON line an event, on standard output unless `to` says otherwise. */
export function createLog(options: { readonly level: string; readonly to?: DestinationStream }): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      redact: { paths: hidden, censor: '[hidden]' },
    },
    // Synchronous: the lines of a process that dies are the ones that are wanted.
    options.to ?? destination({ fd: 1, sync: true }),
  )
}
