/** Where an API takes a credential: the header field is used where there is one. */
interface SentIn {
  readonly header: string | null
  readonly query: string | null
}

export interface Credentials {
  readonly apiKey: SentIn
  /** null: the API knows no tokens. */
  readonly token: SentIn | null
}

/** What a probe calls, and as whom. */
export interface Target {
  /** The public address of the API; a path in it comes before the probe's. */
  readonly url: string
  readonly apiKey: string | undefined
  readonly token: string | undefined
}

export interface Asked {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
}

/** A probe's `METHOD path` as the request to send. */
export function askedOf(
  request: string,
  { url: base, apiKey, token }: Target,
  credentials: Credentials,
  userAgent: string,
): Asked {
  const [method = '', path = ''] = request.split(' ')
  const url = new URL(base.replace(/\/$/, '') + path)
  const headers: Record<string, string> = { 'user-agent': userAgent }
  const send = (value: string | undefined, sentIn: SentIn | null) => {
    if (value === undefined || sentIn === null) return
    if (sentIn.header !== null) headers[sentIn.header] = value
    else if (sentIn.query !== null) url.searchParams.append(sentIn.query, value)
  }
  send(apiKey, credentials.apiKey)
  send(token, credentials.token)
  return { method, url, headers }
}
