import { checkNames } from './options.ts'

export type QueryValue = string | number | boolean | null | undefined

export interface RequestOptions {
  /** Fills the `{name}` places of the path. */
  readonly params?: Readonly<Record<string, string | number | boolean>> | undefined
  /** A list is sent as a parameter each; `null` and `undefined` are left out. */
  readonly query?: Readonly<Record<string, QueryValue | readonly QueryValue[]>> | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /**
   * Sent as JSON, unless it is a form, parameters, bytes, a blob or a stream, or text with a content-type of
   * your own: these go as they are.
   */
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
  /** Sent as `idempotency-key`: a request with one may be repeated whatever its method. */
  readonly idempotencyKey?: string | undefined
  /** Requests that pace themselves together. The method and the path as it is given, if left out. */
  readonly endpoint?: string | undefined
}

/** What fetch takes as a body, as it stands. */
export type RawBody = NonNullable<RequestInit['body']>

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** One request, ready to be sent as often as it takes. Credentials are added to each try. */
export interface PreparedRequest {
  readonly method: Method
  readonly url: string
  readonly headers: Headers
  readonly body: RawBody | undefined
  readonly signal: AbortSignal | undefined
  readonly endpoint: string
  readonly idempotent: boolean
  readonly replayable: boolean
}

const optionNames = ['params', 'query', 'headers', 'body', 'signal', 'idempotencyKey', 'endpoint']

/** Throws a TypeError for a path or option that cannot be meant. */
export function prepareRequest(
  base: { readonly baseUrl: string; readonly headers: Readonly<Record<string, string>> },
  method: Method,
  path: string,
  options: RequestOptions,
): PreparedRequest {
  checkNames(`${method} ${path}`, options, optionNames)
  const { idempotencyKey, signal } = options
  const headers = new Headers({ accept: 'application/json' })
  for (const given of [base.headers, options.headers ?? {}]) {
    for (const [name, value] of Object.entries(given)) headers.set(name, value)
  }
  if (idempotencyKey !== undefined) headers.set('idempotency-key', idempotencyKey)
  const body = readBody(options.body, headers)
  if (body !== undefined && method === 'GET') throw new TypeError('A GET carries no body; use the query')
  return {
    method,
    url: base.baseUrl + fillPath(path, options.params ?? {}) + queryOf(path, options.query ?? {}),
    headers,
    body,
    signal,
    endpoint: options.endpoint ?? `${method} ${path.split('?', 1)[0]}`,
    idempotent: method === 'GET' || method === 'PUT' || method === 'DELETE' || idempotencyKey !== undefined,
    replayable: !isStream(body),
  }
}

function fillPath(path: string, params: Readonly<Record<string, string | number | boolean>>): string {
  if (!path.startsWith('/')) throw new TypeError(`A path begins with "/"; this one is "${path}"`)
  const unused = new Set(Object.keys(params))
  const filled = path.replaceAll(/\{([^{}/]+)\}/g, (_, name: string) => {
    const value = params[name]
    if (value === undefined) throw new TypeError(`params.${name} is missing, which "${path}" asks for`)
    unused.delete(name)
    const text = encodeURIComponent(String(value))
    // A URL takes dot segments out, and the request would go to another endpoint.
    if (text === '' || text === '.' || text === '..') {
      throw new TypeError(`params.${name} of "${path}" cannot be "${text}"`)
    }
    return text
  })
  if (unused.size > 0) throw new TypeError(`"${path}" has no place for params.${[...unused][0]}`)
  return filled
}

function queryOf(path: string, query: NonNullable<RequestOptions['query']>): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? (value as readonly QueryValue[]) : [value as QueryValue]) {
      if (one !== null && one !== undefined) search.append(name, String(one))
    }
  }
  if (search.size === 0) return ''
  return (path.includes('?') ? '&' : '?') + search.toString()
}

function readBody(body: unknown, headers: Headers): RawBody | undefined {
  if (body === undefined) return undefined
  if (isRaw(body) || (typeof body === 'string' && headers.has('content-type'))) return body
  if (!headers.has('content-type')) headers.set('content-type', 'application/json')
  return JSON.stringify(body)
}

function isRaw(body: unknown): body is Exclude<RawBody, string> {
  return (
    body instanceof FormData ||
    body instanceof URLSearchParams ||
    body instanceof Blob ||
    body instanceof ArrayBuffer ||
    ArrayBuffer.isView(body) ||
    isStream(body)
  )
}

function isStream(body: unknown): body is ReadableStream {
  return body instanceof ReadableStream
}
