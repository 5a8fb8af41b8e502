import { InvalidArgumentError } from 'commander'
import { isMonth } from '../core/time/month.ts'
import type { TestClock } from '../core/time/test-clock.ts'
import { readCidr } from '../data-plane/gateway/trusted-proxies.ts'

// How the values of flags are read: each returns what the text says, or throws commander's InvalidArgumentError with what
// was expected.

export function month(text: string): string {
  if (isMonth(text)) return text
  throw new InvalidArgumentError('It must be a month such as 2026-10.')
}

/** Reads a port, as a flag's argument. */
export function port(text: string): number {
  return whole(0, 65_535)(text)
}

/** `2026-04-01T00:00:00Z`, `2026-04-01T00:00:00Z,3600`, or that and the real instant at which it began. */
export function testClock(text: string): TestClock {
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

export function onOrOff(text: string): boolean {
  if (['on', 'true', '1'].includes(text)) return true
  if (['off', 'false', '0', ''].includes(text)) return false
  throw new InvalidArgumentError('It must be on or off.')
}

export function whole(least: number, most: number): (text: string) => number {
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
export function smtpUrl(text: string): string {
  const url = URL.parse(text)
  if (url && /^smtps?:$/.test(url.protocol) && url.hostname !== '') return text
  throw new InvalidArgumentError('It must be smtp://USER:PASSWORD@HOST:PORT or smtps://….')
}

export function mailAddress(text: string): string {
  if (/^([^<>\p{Cc}]*<[^\s<>@\p{Cc}]+@[^\s<>@\p{Cc}]+>|[^\s<>@\p{Cc}]+@[^\s<>@\p{Cc}]+)$/u.test(text))
    return text
  throw new InvalidArgumentError(
    'It must be an address such as weir@example.com or "Weir <weir@example.com>".',
  )
}

export function mailAddresses(text: string, before: readonly string[]): string[] {
  return [...before, ...text.split(',').map(part => mailAddress(part.trim()))]
}

export function cidrs(text: string, before: readonly string[]): string[] {
  const given = text.split(',').map(part => part.trim())
  for (const part of given) {
    if (readCidr(part)) continue
    throw new InvalidArgumentError(`"${part}" is no network: write 10.0.0.0/8, fd00::/8 or a single address.`)
  }
  return [...before, ...given]
}

/** Whether they can be read is found when they are. */
export function files(text: string, before: readonly string[]): string[] {
  const given = text.split(',').map(part => part.trim())
  if (given.some(part => part === '')) {
    throw new InvalidArgumentError('Name a file, or several with commas between them.')
  }
  return [...before, ...given]
}

export function urls(text: string): string[] {
  return text.split(',').map(part => address(part.trim()))
}

export function address(text: string): string {
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
