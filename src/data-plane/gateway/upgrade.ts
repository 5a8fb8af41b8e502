import { createHash } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { commonFields } from '../decide/answer.ts'
import type { Exchange } from './exchange.ts'
import { type AnsweredFields, fieldsFromUpstream } from './message-headers.ts'
import { UpstreamInvalidError } from './upstream-failure.ts'
import { type Relay, createRelay } from './websocket-relay.ts'

/** RFC 6455, 1.3 */
const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/**
 * Finishes a handshake that the upstream accepted: passes its 101 on and joins the two connections.
 * `answered` are the upstream's header fields. Throws UpstreamInvalidError if they do not accept this handshake.
 */
export function joinWebSocket(
  exchange: Exchange,
  answered: AnsweredFields,
  upstreamSocket: Duplex,
  onClosed: () => void,
): Relay {
  const { socket, head, release } = exchange.upgrade!
  checkAccept(exchange, answered)
  const fields = fieldsFromUpstream(answered, exchange.inForce.contract.cors !== undefined)
  fields.push(...commonFields(exchange))
  let text = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
  for (let i = 0; i < fields.length; i += 2) text += `${fields[i]}: ${fields[i + 1]}\r\n`
  release()
  socket.write(`${text}\r\n`, 'latin1')
  if (head.length > 0) socket.unshift(head)
  return createRelay(socket, upstreamSocket, onClosed)
}

/** An upstream that did not read this handshake's key does not speak WebSocket, whatever its status says. */
function checkAccept(exchange: Exchange, { byName }: AnsweredFields): void {
  const key = exchange.request.headers['sec-websocket-key'] ?? ''
  const expected = createHash('sha1')
    .update(key + ACCEPT_GUID)
    .digest('base64')
  if ([byName['sec-websocket-accept']].flat().some(value => value?.trim() === expected)) return
  throw new UpstreamInvalidError('the 101 does not accept this handshake’s key')
}
