import { createHash } from 'node:crypto'
import type { Transaction } from 'kysely'
import { ProblemError } from '../../http/problem.ts'
import { addAuditEntry } from '../../store/audit.ts'
import { findAnswer, keepAnswer } from '../../store/idempotency.ts'
import type { Schema } from '../../store/schema.ts'
import { serialized } from '../../store/serialized.ts'
import type { ApiContext, ControlDeps } from './deps.ts'

/** What a verb did: the answer's body, and the row of the audit; undefined when nothing changed. */
export interface Done<Body> {
  readonly body: Body
  readonly audit: Told | undefined
}

interface Told {
  readonly action: string
  readonly subject: string
  readonly organizationId: string | undefined
  readonly details?: Readonly<Record<string, unknown>>
}

/**
 * Runs a verb in one transaction together with its audit row and, for a POST with an `Idempotency-Key`,
 * with the answer that a repetition gets. Either all of it is written or nothing, so a request that is
 * repeated after a crash, or at the same time, still happens once. A failed verb keeps no answer.
 */
export async function change<Body>(
  deps: ControlDeps,
  c: ApiContext,
  verb: (trx: Transaction<Schema>, nowMs: number) => Promise<Done<Body>>,
): Promise<Body> {
  const actor = c.var.actor.id
  const key = c.req.method === 'POST' ? idempotencyKey(c) : undefined
  const requestHash = key === undefined ? '' : await hashOf(c)
  return serialized(deps.store.db, async trx => {
    const nowMs = deps.clock()
    const context = `answer:${actor}:${key ?? ''}`
    if (key !== undefined) {
      const kept = await findAnswer(trx, actor, key, nowMs)
      if (kept !== undefined && kept.requestHash !== requestHash) throw keyReused()
      if (kept !== undefined) {
        c.header('idempotency-replayed', 'true')
        const body: Body = JSON.parse(deps.sealer.open(kept.sealedAnswer, context))
        return body
      }
    }
    // What a verb checks against must be what holds now, also if another node has just put it there.
    await deps.contracts.refresh(trx)
    const { body, audit } = await verb(trx, nowMs)
    if (audit !== undefined) await writeAudit(trx, actor, nowMs, audit)
    if (key !== undefined) {
      const sealedAnswer = deps.sealer.seal(JSON.stringify(body), context)
      await keepAnswer(trx, { scope: actor, key, requestHash, sealedAnswer, nowMs })
    }
    return body
  })
}

const MAX_KEY_LENGTH = 255

function idempotencyKey(c: ApiContext): string | undefined {
  const key = c.req.header('idempotency-key')
  if (key === undefined || (key.length > 0 && key.length <= MAX_KEY_LENGTH)) return key
  throw new ProblemError('malformed-request', `Idempotency-Key must have 1 to ${MAX_KEY_LENGTH} characters.`)
}

function keyReused(): ProblemError {
  return new ProblemError(
    'idempotency-key-reused',
    'This key came with another method, path or body within the last day.',
  )
}

async function hashOf(c: ApiContext): Promise<string> {
  const { pathname, search } = new URL(c.req.url)
  const request = JSON.stringify([c.req.method, pathname, search, await c.req.text()])
  return createHash('sha256').update(request).digest('hex')
}

async function writeAudit(trx: Transaction<Schema>, actor: string, atMs: number, told: Told): Promise<void> {
  const { action, subject, organizationId, details = {} } = told
  await addAuditEntry(trx, { atMs, actor, action, subject, organizationId, details })
}
