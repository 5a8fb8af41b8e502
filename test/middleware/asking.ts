import { type IncomingHttpHeaders, request } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Asked {
  readonly method?: string
  /** Sent as it stands: no client resolves its dots. */
  readonly target: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export function ask(url: string, { method = 'GET', target, headers = {} }: Asked): Promise<Answered> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path: target, headers }, response => {
      const { statusCode, headers: answered } = response
      text(response).then(body => resolve({ status: statusCode!, headers: answered, body }), reject)
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** What two servers must answer alike: all but ids, times of day and what is the connection's. */
export function comparable({ status, headers, body }: Answered) {
  const ofConnection = ['date', 'connection', 'keep-alive', 'transfer-encoding', 'content-length']
  const kept = Object.entries(headers).filter(([name]) => !ofConnection.includes(name))
  const id = headers['weir-request-id']
  const steady = body.replace(/"duration":"[^"]+"/, '"duration":""')
  return {
    status,
    headers: { ...Object.fromEntries(kept), 'weir-request-id': /^[\da-f-]{36}$/.test(String(id)) },
    body: typeof id === 'string' ? steady.replaceAll(id, 'ID') : steady,
  }
}
