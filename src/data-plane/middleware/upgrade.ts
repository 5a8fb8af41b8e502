import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Answer } from '../decide/answer.ts'
import type { Weir, WeirFacts } from './weir.ts'

/** A handshake that may go on, with the lines that its 101 should carry. */
export interface AdmittedUpgrade {
  readonly facts: WeirFacts
  /** `Name: value`, as the `headers` event of ws takes them. */
  readonly headerLines: readonly string[]
}

/**
 * For a server's `upgrade` event, before anybody accepts the handshake. Undefined: it was refused and answered, or
 * its client has gone, and `socket` is done with.
 */
export async function admitUpgrade(
  weir: Weir,
  request: IncomingMessage,
  socket: Duplex,
): Promise<AdmittedUpgrade | undefined> {
  const gone = (): void => void socket.destroy()
  socket.on('error', gone)
  try {
    const { method, url, headers } = request
    const verdict = await weir.decide({ method: method!, target: url!, headers, websocket: 'yes' })
    if (socket.destroyed) return undefined
    if (verdict.kind === 'answered') {
      socket.end(messageOf(verdict.answer))
      return undefined
    }
    socket.off('error', gone)
    return { facts: verdict.facts, headerLines: linesOf(verdict.fields.list) }
  } catch (error) {
    socket.destroy()
    throw error
  }
}

function messageOf({ status, fields, body }: Answer): string {
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...linesOf(fields), 'Connection: close']
  return `${head.join('\r\n')}\r\n\r\n${body ?? ''}`
}

function linesOf(fields: readonly string[]): string[] {
  return fields.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${fields[i + 1]}`] : []))
}
