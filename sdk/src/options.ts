import type { PaceOptions } from './pacer.ts'
import { type ReconnectOptions, type ReconnectPolicy, defaultReconnect } from './reconnect.ts'
import { type RetryOptions, type RetryPolicy, defaultRetry } from './retry.ts'
import type { WebSocketConstructor } from './socket.ts'

/** Text, or what is asked for it before every try, so that it may hand out a fresh one. */
export type Token = string | (() => string | Promise<string>)

/** Where a credential goes, as in the contract's `identity`. Requests use the header, WebSockets the query. */
export interface Place {
  readonly header?: string | undefined
  readonly query?: string | undefined
}

export interface ClientOptions {
  /** Where Weir answers, with any path in front of the API's own: `https://api.example.com/v2`. */
  readonly baseUrl: string | URL
  readonly apiKey?: string | undefined
  readonly token?: Token | undefined
  /** `x-api-key` or `?api_key=`, and `authorization` in either, if left out. */
  readonly identity?: { readonly apiKey?: Place | undefined; readonly token?: Place | undefined } | undefined
  /** Sent with every request: the one that names the platform, for example. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly fetch?: typeof fetch | undefined
  readonly WebSocket?: WebSocketConstructor | undefined
  /** `false`: every request is sent once. */
  readonly retry?: RetryOptions | false | undefined
  /** Stay under the limits instead of running into them. Off if left out. */
  readonly pace?: boolean | PaceOptions | undefined
  /** How a WebSocket of `connectUser` comes back. */
  readonly reconnect?: ReconnectOptions | undefined
}

/** Options that were checked, with everything left out filled in. */
export interface Settings {
  /** Without a slash at its end. */
  readonly baseUrl: string
  readonly apiKey: string | undefined
  readonly token: Token | undefined
  readonly identity: { readonly apiKey: Place; readonly token: Place }
  readonly headers: Readonly<Record<string, string>>
  readonly fetch: typeof fetch
  readonly WebSocket: WebSocketConstructor | undefined
  readonly retry: RetryPolicy
  readonly pace: PaceOptions | undefined
  readonly reconnect: ReconnectPolicy
}

const known: Record<keyof ClientOptions, true> = {
  baseUrl: true,
  apiKey: true,
  token: true,
  identity: true,
  headers: true,
  fetch: true,
  WebSocket: true,
  retry: true,
  pace: true,
  reconnect: true,
}

/** Throws a TypeError that names the option, what was expected and what came. */
export function readOptions(options: ClientOptions): Settings {
  checkNames('createClient', options, Object.keys(known))
  const { identity, pace } = options
  return {
    baseUrl: readBaseUrl(options.baseUrl),
    apiKey: options.apiKey,
    token: options.token,
    identity: {
      apiKey: identity?.apiKey ?? { header: 'x-api-key', query: 'api_key' },
      token: identity?.token ?? { header: 'authorization', query: 'authorization' },
    },
    headers: options.headers ?? {},
    // A browser's fetch wants to be called as the window's own.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    WebSocket: options.WebSocket ?? (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket,
    retry: readNumbers('retry', options.retry === false ? { tries: 1 } : options.retry, defaultRetry),
    pace: pace === true ? {} : pace === false ? undefined : checkedPace(pace),
    reconnect: readNumbers('reconnect', options.reconnect, defaultReconnect),
  }
}

function readBaseUrl(given: string | URL): string {
  const url = URL.canParse(String(given)) ? new URL(given) : undefined
  const plain = url && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === ''
  if (!plain || url.username !== '') {
    throw new TypeError(
      `baseUrl must be an http or https URL without user, query or fragment, not ${JSON.stringify(String(given))}`,
    )
  }
  return url.href.replace(/\/+$/, '')
}

function checkedPace(pace: PaceOptions | undefined): PaceOptions | undefined {
  if (pace === undefined) return undefined
  checkNames('pace', pace, ['whenExhausted'])
  const { whenExhausted } = pace
  if (whenExhausted !== undefined && whenExhausted !== 'wait' && whenExhausted !== 'refuse') {
    throw new TypeError(`pace.whenExhausted must be "wait" or "refuse", not ${JSON.stringify(whenExhausted)}`)
  }
  return pace
}

/** Numbers that may be left out; each must be 0 or more, and `tries` a whole number from 1. */
function readNumbers<Numbers extends Record<string, number>>(
  option: string,
  given: { readonly [Name in keyof Numbers]?: number | undefined } | undefined,
  defaults: Numbers,
): Numbers {
  if (given === undefined) return defaults
  checkNames(option, given, Object.keys(defaults))
  const read: Record<string, number> = { ...defaults }
  for (const [name, value] of Object.entries(given) as [string, unknown][]) {
    if (value === undefined) continue
    const least = name === 'tries' ? 1 : 0
    const whole = name !== 'tries' || value === Infinity || Number.isInteger(value)
    if (typeof value !== 'number' || !(value >= least) || !whole) {
      const expected =
        name === 'tries' ? 'a whole number from 1, or Infinity' : 'a number of milliseconds from 0'
      throw new TypeError(
        `${option}.${name} must be ${expected}, not ${typeof value === 'number' ? value : JSON.stringify(value)}`,
      )
    }
    read[name] = value
  }
  return read as Numbers
}

/** A misspelt option would silently do nothing. */
export function checkNames(where: string, given: object, names: readonly string[]): void {
  const unknown = Object.keys(given).find(name => !names.includes(name))
  if (unknown !== undefined) {
    throw new TypeError(`${where} takes no option "${unknown}"; it takes ${names.join(', ')}`)
  }
}
