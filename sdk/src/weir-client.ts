import { type ConnectUser, createConnectUser } from './connect-user.ts'
import { type Answer, exchange } from './exchange.ts'
import { type ClientOptions, readOptions } from './options.ts'
import { createPacer } from './pacer.ts'
import { type RateLimits, type RateLimitsQuestion, rateLimitsQuery } from './rate-limits.ts'
import { type Method, type PreparedRequest, type RequestOptions, prepareRequest } from './request.ts'
import { retryDelayMs } from './retry.ts'
import type { DataOf, OperationOf, OptionsArgument, PathsWith } from './typed-paths.ts'
import { wait } from './wait.ts'
import { WeirError } from './weir-error.ts'

export type { ConnectOptions } from './connect-user.ts'
export type { ClientErrorCode, ErrorCode, WeirErrorCode } from './error-codes.ts'
export type { Answer } from './exchange.ts'
export type { Metadata, RateLimit } from './metadata.ts'
export type { ClientOptions, Place, Token } from './options.ts'
export type { PaceOptions } from './pacer.ts'
export type { PolicyState } from './rate-limit-fields.ts'
export type { EndpointRateLimit, RateLimits, RateLimitsQuestion } from './rate-limits.ts'
export type { ReconnectOptions } from './reconnect.ts'
export type { RequestOptions } from './request.ts'
export type { RetryOptions } from './retry.ts'
export type { SocketData, WebSocketConstructor, WebSocketLike } from './socket.ts'
export type { ConnectionClose, ConnectionEvents, Reconnecting, UserConnection } from './user-connection.ts'
export { WeirError } from './weir-error.ts'

/** A client of an API behind Weir; `Paths` is what openapi-typescript makes of the API's document. */
export interface Client<Paths = unknown> {
  /** Each rejects with a WeirError, or with the reason of the call's signal. */
  readonly get: Call<Paths, 'get'>
  readonly post: Call<Paths, 'post'>
  readonly put: Call<Paths, 'put'>
  readonly patch: Call<Paths, 'patch'>
  readonly delete: Call<Paths, 'delete'>
  /** The app's limits as they stand: needs a server token. */
  getRateLimits(
    question?: RateLimitsQuestion,
    options?: Pick<RequestOptions, 'signal'>,
  ): Promise<Answer<RateLimits>>
  readonly connectUser: ConnectUser
}

export type Call<Paths, Name extends string> = unknown extends Paths ? UntypedCall : TypedCall<Paths, Name>

export type UntypedCall = <Data = unknown>(path: string, options?: RequestOptions) => Promise<Answer<Data>>

export type TypedCall<Paths, Name extends string> = <Path extends PathsWith<Paths, Name>>(
  path: Path,
  ...options: OptionsArgument<OperationOf<Paths, Path, Name>>
) => Promise<Answer<DataOf<OperationOf<Paths, Path, Name>>>>

/** Throws a TypeError for options that cannot be meant. */
export function createClient<Paths = unknown>(options: ClientOptions): Client<Paths> {
  const settings = readOptions(options)
  const pacer = settings.pace && createPacer(settings.pace)

  async function send(request: PreparedRequest): Promise<Answer<unknown>> {
    for (let tries = 1; ; tries++) {
      try {
        return await sendOnce(request, tries)
      } catch (error) {
        if (!(error instanceof WeirError)) throw error
        const delayMs = retryDelayMs({ error, ...request }, settings.retry, Math.random())
        if (delayMs === undefined) throw error
        await wait(delayMs, request.signal)
      }
    }
  }

  async function sendOnce(request: PreparedRequest, tries: number): Promise<Answer<unknown>> {
    if (!pacer) return exchange(settings, request, tries)
    const call = await pacer.admit(request.endpoint, request.signal)
    try {
      const answer = await exchange(settings, request, tries)
      call.answered(answer.metadata)
      return answer
    } catch (error) {
      if (error instanceof WeirError && error.status > 0) call.answered(error.metadata)
      else call.failed()
      throw error
    }
  }

  function calling(method: Method) {
    // Types are a promise to whoever writes the call; what comes is the server's word.
    return (async (path: string, requestOptions: RequestOptions = {}) =>
      send(prepareRequest(settings, method, path, requestOptions))) as never
  }

  return {
    get: calling('GET'),
    post: calling('POST'),
    put: calling('PUT'),
    patch: calling('PATCH'),
    delete: calling('DELETE'),
    getRateLimits: async (question = {}, { signal } = {}) => {
      const request = { query: rateLimitsQuery(question), signal }
      return (await send(prepareRequest(settings, 'GET', '/rate_limits', request))) as Answer<RateLimits>
    },
    connectUser: createConnectUser(settings),
  }
}
