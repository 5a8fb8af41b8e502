import { addCredentials } from './credentials.ts'
import { type Metadata, readMetadata } from './metadata.ts'
import type { Settings } from './options.ts'
import type { PreparedRequest } from './request.ts'
import { WeirError, answeredError, clientError, networkError } from './weir-error.ts'

export interface Answer<Data> {
  /** Parsed if it is JSON, text if it is text, else a Blob; undefined if there is none. */
  readonly data: Data
  readonly metadata: Metadata
}

/** Sends the request once. Rejects with a WeirError, or with the signal's reason. */
export async function exchange(
  settings: Settings,
  request: PreparedRequest,
  tries: number,
): Promise<Answer<unknown>> {
  const url = new URL(request.url)
  const headers = new Headers(request.headers)
  await addCredentials(settings, url, headers)
  const { method, body, signal, replayable } = request
  try {
    signal?.throwIfAborted()
    const init = { method, headers, body: body ?? null, signal: signal ?? null }
    // A stream is sent while the answer is still to come, which fetch wants to be told.
    const response = await settings.fetch(
      url,
      replayable ? init : ({ ...init, duplex: 'half' } as RequestInit),
    )
    const metadata = readMetadata(response, tries)
    const data = await readData(response, metadata)
    if (!response.ok) throw answeredError(data, metadata)
    return { data, metadata }
  } catch (thrown) {
    if (thrown instanceof WeirError) throw thrown
    if (signal?.aborted) throw signal.reason
    throw networkError(thrown, tries)
  }
}

async function readData(response: Response, metadata: Metadata): Promise<unknown> {
  const type = (response.headers.get('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase()
  if (/^(?:application\/json|[\w.+-]+\/[\w.+-]+\+json)$/.test(type)) return readJson(response, metadata)
  if (type === '' || type.startsWith('text/')) return (await response.text()) || undefined
  const blob = await response.blob()
  return blob.size === 0 ? undefined : blob
}

async function readJson(response: Response, metadata: Metadata): Promise<unknown> {
  const text = await response.text()
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    // A proxy's error page with the wrong type is still first of all an error.
    if (!response.ok) return text
    const detail = `The answer says it is JSON and is not: ${(cause as Error).message}`
    throw clientError('invalid-answer', detail, { metadata, body: text, cause })
  }
}
