import { addQueryCredentials, textOf } from './credentials.ts'
import { exchange } from './exchange.ts'
import { withoutAnswer } from './metadata.ts'
import { type Settings, type Token, checkNames } from './options.ts'
import { prepareRequest } from './request.ts'
import type { WebSocketConstructor } from './socket.ts'
import { UserConnection } from './user-connection.ts'
import { WeirError, clientError, networkError } from './weir-error.ts'

export interface ConnectOptions {
  /** Where the API takes WebSockets: `/connect` if left out. */
  readonly path?: string | undefined
  /** Subprotocols to offer. */
  readonly protocols?: readonly string[] | undefined
  /** Aborting it disconnects. */
  readonly signal?: AbortSignal | undefined
}

/** Opens one WebSocket a user: another call for the same user closes the earlier connection first. */
export type ConnectUser = (
  user: string | { readonly id: string },
  token?: Token,
  options?: ConnectOptions,
) => UserConnection

/** With these, the same credentials will be refused again; a token that is asked for anew may be a better one. */
const refusedForGood: readonly string[] = ['missing-api-key', 'unknown-api-key', 'app-suspended']
const refusedToken: readonly string[] = [
  'missing-token',
  'invalid-token',
  'expired-token',
  'missing-user-claim',
]

export function createConnectUser(settings: Settings): ConnectUser {
  const connections = new Map<string, UserConnection>()
  return (user, token, options = {}) => {
    checkNames('connectUser', options, ['path', 'protocols', 'signal'])
    const id = typeof user === 'string' ? user : user.id
    const earlier = connections.get(id)
    const connection = new UserConnection(id, {
      policy: settings.reconnect,
      predecessor: earlier?.disconnect() ?? Promise.resolve(),
      ...createHandshakes(settings, token ?? settings.token, options),
    })
    connections.set(id, connection)
    const { signal } = options
    const disconnect = () => void connection.disconnect()
    const forget = (): void => {
      signal?.removeEventListener('abort', disconnect)
      if (connections.get(id) === connection) connections.delete(id)
    }
    if (signal?.aborted) disconnect()
    else signal?.addEventListener('abort', disconnect, { once: true })
    void connection.ended.then(forget)
    return connection
  }
}

/** Throws a TypeError at once where no handshake could ever begin. */
function createHandshakes(settings: Settings, token: Token | undefined, options: ConnectOptions) {
  const Socket = settings.WebSocket
  if (!Socket) throw new TypeError('There is no WebSocket here: give createClient one as `WebSocket`')
  const { url: address } = prepareRequest(settings, 'GET', options.path ?? '/connect', {})
  addQueryCredentials(settings, new URL(address), token === undefined ? undefined : 'any')
  let text: string | undefined
  let tokenRefusals = 0

  return {
    async open(stop: AbortSignal) {
      try {
        text = token === undefined ? undefined : await textOf(token)
        stop.throwIfAborted()
        const url = new URL(address)
        url.protocol = url.protocol.replace('http', 'ws')
        addQueryCredentials(settings, url, text)
        return openSocket(Socket, url, options.protocols)
      } catch (cause) {
        const detail = `The handshake could not begin: ${cause instanceof Error ? cause.message : String(cause)}`
        throw clientError('handshake-refused', detail, { metadata: withoutAnswer(0), cause })
      }
    },
    async whyRefused() {
      const error = await askWhyRefused({ ...settings, token: text })
      if (refusedToken.includes(error.code)) tokenRefusals += 1
      else tokenRefusals = 0
      const final =
        refusedForGood.includes(error.code) || tokenRefusals > (typeof token === 'function' ? 1 : 0)
      return { error, final }
    },
  }
}

function openSocket(Socket: WebSocketConstructor, url: URL, protocols: readonly string[] | undefined) {
  return protocols === undefined ? new Socket(url.href) : new Socket(url.href, [...protocols])
}

/**
 * A WebSocket does not say why its handshake was refused. Weir's `/rate_limits` looks at the same key and token
 * and counts nothing for a user's token, so it is asked instead.
 */
async function askWhyRefused(settings: Settings): Promise<WeirError> {
  try {
    const question = { query: { endpoints: 'GetRateLimits' } }
    await exchange(settings, prepareRequest(settings, 'GET', '/rate_limits', question), 1)
  } catch (thrown) {
    if (!(thrown instanceof WeirError)) return networkError(thrown, 1)
    const { code } = thrown
    if (code === 'network-error' || refusedForGood.includes(code) || refusedToken.includes(code))
      return thrown
  }
  return clientError(
    'handshake-refused',
    'The WebSocket was refused, though key and token hold: by a limit, the plan, the path, or the API itself.',
    { metadata: withoutAnswer(1) },
  )
}
