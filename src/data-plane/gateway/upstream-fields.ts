import { createHmac } from 'node:crypto'
import type { Exchange } from './exchange.ts'
import { type Way, forwardedFields } from './forwarded-fields.ts'
import { fieldsFromClient } from './message-headers.ts'
import { traceparentOf } from './traceparent.ts'

/**
 * The fields a request reaches the upstream with: the client's own, and what Weir knows. With `upstreamKey`,
 * `weir-signature` is the hex HMAC-SHA256 over timestamp, method, target (path and query), app, user, platform,
 * endpoint and request id, joined by newlines; what does not apply is an empty line.
 */
export function fieldsForUpstream(
  exchange: Exchange,
  target: string,
  options: { readonly upstreamKey: string | undefined; readonly way: Way },
): string[] {
  const { request, app, endpoint, platform, requestId } = exchange
  const fields = fieldsFromClient(request)
  const user = exchange.user === undefined ? undefined : headerSafe(exchange.user)
  fields.push('weir-app', app!.id, 'weir-platform', platform!, 'weir-endpoint', endpoint!)
  fields.push('weir-request-id', requestId)
  if (user !== undefined) fields.push('weir-user', user)
  fields.push(...forwardedFields(request, options.way))
  fields.push('traceparent', traceparentOf(request.headers['traceparent'], requestId))
  const { upstreamKey } = options
  if (upstreamKey !== undefined) {
    const timestamp = String(Math.floor(exchange.arrivedMs / 1000))
    const signed = [timestamp, request.method, target, app!.id, user ?? '', platform, endpoint, requestId]
    const signature = createHmac('sha256', upstreamKey).update(signed.join('\n')).digest('hex')
    fields.push('weir-timestamp', timestamp, 'weir-signature', signature)
  }
  return fields
}

/**
 * A user id may hold any text, a header field may not: what is not visible ASCII, and `%`, is percent-encoded
 * as UTF-8, so that decoding always gives the id back.
 */
function headerSafe(user: string): string {
  return /^[!-$&-~]+$/.test(user) ? user : user.replace(/[^!-$&-~]+/gu, part => encodeURIComponent(part))
}
