import { z } from 'zod'
import { failureWords, plain } from './failure-words.ts'
import type { Credentials } from './target.ts'

/** A probe of the contract, as the control plane tells it. */
export interface ScheduledProbe {
  readonly name: string
  readonly request: string
  readonly expectStatus: number
  readonly expectBody: string | null
  readonly withinMs: number
  readonly everySeconds: number
}

export interface Schedule {
  /** The store's time when it answered. */
  readonly nowMs: number
  readonly credentials: Credentials
  readonly probes: readonly ScheduledProbe[]
}

export interface ToldResult {
  readonly probe: string
  /** RFC 3339, in the store's time. */
  readonly at: string
  readonly ok: boolean
  readonly ms: number
  readonly detail?: string | undefined
}

/** The control plane as a probe sees it. Both reject with a ControlError; `signal` ends it early. */
export interface Control {
  schedule(signal: AbortSignal): Promise<Schedule>
  report(results: readonly ToldResult[]): Promise<void>
}

/** `refused`: it answered, and asking again the same way is of no use. */
export class ControlError extends Error {
  readonly kind: 'away' | 'unauthorized' | 'refused'
  /** Of the results that were sent: the places of those that are wrong. */
  readonly wrong: readonly number[]

  constructor(kind: ControlError['kind'], message: string, wrong: readonly number[] = [], cause?: unknown) {
    super(message, { cause })
    this.name = 'ControlError'
    this.kind = kind
    this.wrong = wrong
  }
}

/** A probe that ends waits for at most one answer, and whoever ends it waits ten seconds as a rule. */
const TIMEOUT_MS = 5000

const sentIn = z.object({ header: z.string().nullable(), query: z.string().nullable() })
const scheduleShape = z.object({
  now: z.iso.datetime(),
  credentials: z.object({ apiKey: sentIn, token: sentIn.nullable() }),
  probes: z.array(
    z.object({
      name: z.string(),
      request: z.string(),
      expectStatus: z.number(),
      expectBody: z.string().nullable(),
      withinMs: z.number().positive(),
      everySeconds: z.number().positive(),
    }),
  ),
})

export function createControl(options: {
  readonly url: string
  readonly token: string
  readonly place: string
}): Control {
  const { token, place } = options
  const base = options.url.replace(/\/$/, '')

  async function call(method: string, path: string, body?: object, ended?: AbortSignal): Promise<unknown> {
    const late = AbortSignal.timeout(TIMEOUT_MS)
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    try {
      const answer = await fetch(base + path, {
        method,
        headers,
        redirect: 'manual',
        signal: ended ? AbortSignal.any([late, ended]) : late,
        ...(body && { body: JSON.stringify(body) }),
      })
      // fetch hides which redirect it was.
      if (answer.type === 'opaqueredirect') throw new ControlError('refused', `${base} redirects elsewhere`)
      const text = await answer.text()
      if (!answer.ok) throw errorOf(answer.status, text)
      return jsonOf(text, base)
    } catch (error) {
      throw error instanceof ControlError ? error : new ControlError('away', awayWords(error, base))
    }
  }

  return {
    async schedule(signal) {
      const query = new URLSearchParams({ place }).toString()
      const read = scheduleShape.safeParse(
        await call('GET', `/api/probes/schedule?${query}`, undefined, signal),
      )
      if (!read.success)
        throw new ControlError('refused', `${base} is no control port of a Weir that knows probes`)
      const { now, ...schedule } = read.data
      return { ...schedule, nowMs: Date.parse(now) }
    },
    async report(results) {
      await call('POST', '/api/probes/results', { place, results })
    },
  }
}

function jsonOf(text: string, base: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ControlError('refused', `${base} answers no JSON: it is no control port of a Weir`, [], error)
  }
}

function errorOf(status: number, text: string): ControlError {
  const { detail = `answered ${status}`, mistakes = [] } = problemOf(text)
  const message = `${plain(detail)} (${status})`
  if (status === 401 || status === 403) return new ControlError('unauthorized', message)
  if (status === 408 || status === 429 || status >= 500) return new ControlError('away', message)
  const wrong = mistakes.flatMap(({ path }) => /^results\.(\d+)\b/.exec(path)?.[1] ?? []).map(Number)
  return new ControlError('refused', message, [...new Set(wrong)])
}

const problemShape = z.object({
  detail: z.string().optional(),
  mistakes: z.array(z.object({ path: z.string() })).optional(),
})

function problemOf(text: string): z.output<typeof problemShape> {
  try {
    return problemShape.parse(JSON.parse(text))
  } catch {
    // A proxy's page: its status has to say it all.
    return {}
  }
}

/** fetch wraps what went wrong. */
function awayWords(error: unknown, base: string): string {
  if (error instanceof DOMException && error.name === 'TimeoutError')
    return `no answer within ${TIMEOUT_MS / 1000} s`
  const cause: unknown = error instanceof Error && error.cause !== undefined ? error.cause : error
  return failureWords(cause, new URL(base).host)
}
