import { Client, type Dispatcher } from 'undici'
import type { Ask } from './ask.ts'
import { plain } from './failure-words.ts'

/** The text that is looked for stands in here, or it is not found. */
const MOST_BYTES = 2 ** 20

export const askHttp: Ask = async ({ method, url, headers }, expected, signal, answered) => {
  // The caller's signal bounds all of it, so none of the client's own bounds may come first.
  const client = new Client(url.origin, {
    connect: { timeout: expected.withinMs + 1000 },
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  try {
    const path = url.pathname + url.search
    const answer = await client.request({
      method,
      path,
      headers,
      signal,
      reset: true,
    })
    answered(answer.statusCode)
    const wrong = answer.statusCode !== expected.expectStatus
    const text = await textOf(answer.body).catch((error: unknown) => {
      if (wrong) return ''
      throw error
    })
    if (wrong) return wrongStatus(answer, text, expected.expectStatus)
    const { expectBody } = expected
    if (expectBody === null || text.includes(expectBody)) return undefined
    return `the body does not hold ${plain(JSON.stringify(expectBody))}`
  } finally {
    await client.destroy()
  }
}

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of body) {
    parts.push(part)
    length += part.length
    if (length >= MOST_BYTES) break
  }
  return Buffer.concat(parts).subarray(0, MOST_BYTES).toString('utf8')
}

function wrongStatus(
  { statusCode, headers }: Dispatcher.ResponseData,
  text: string,
  expected: number,
): string {
  const code = problemCode(String(headers['content-type'] ?? ''), text)
  const because = code === undefined ? '' : ` (${plain(code)})`
  const redirect = statusCode >= 300 && statusCode < 400 ? '; redirects are not followed' : ''
  return `answered ${statusCode}${because}, not ${expected}${redirect}`
}

/** Weir says in its problems which of its errors it is. */
function problemCode(contentType: string, text: string): string | undefined {
  if (!contentType.startsWith('application/problem+json')) return undefined
  try {
    const { code } = JSON.parse(text) as { code?: unknown }
    return typeof code === 'string' ? code : undefined
  } catch {
    // Cut short, or not what it says it is: the status alone then.
    return undefined
  }
}
