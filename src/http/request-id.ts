import { randomUUID } from 'node:crypto'

/** The answer's field that names the request, for a sentence like "it failed, the id is …". */
export const REQUEST_ID_FIELD = 'weir-request-id'

/** A new id for every request: one that a client sends is not taken over, so it cannot forge a log line. */
export function newRequestId(): string {
  return randomUUID()
}
