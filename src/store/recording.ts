import { type Kysely, sql } from 'kysely'
import { addUsers } from './active-users.ts'
import type { Batch } from './batch.ts'
import { addConnections } from './connections.ts'
import { noteNode } from './nodes.ts'
import { addRequests } from './request-counts.ts'
import type { Schema } from './schema.ts'
import { addSlices } from './slices.ts'
import { addUnmeasured } from './unmeasured.ts'

export type { Outcome } from './outcome.ts'
export type { Batch } from './batch.ts'

/**
 * Applies a batch in one transaction, once: a batch that was applied before changes nothing, and in which
 * order batches arrive makes no difference. An app that the store does not know is recorded all the same.
 */
export async function applyBatch(db: Kysely<Schema>, batch: Batch): Promise<'applied' | 'repeated'> {
  return (await applyBatches(db, [batch])) > 0 ? 'applied' : 'repeated'
}

/**
 * Applies several batches in one transaction, which costs little more than one: what they add to the same rows is
 * added once. Resolves to how many of them were new. All or none: when it rejects, give all of them again.
 */
export async function applyBatches(db: Kysely<Schema>, batches: readonly Batch[]): Promise<number> {
  // Every transaction takes its rows in the same order, table by table and sorted within: two nodes that write at
  // once wait for each other, never in a circle.
  const sorted = batches.toSorted((a, b) => compare(a.nodeId, b.nodeId) || a.sequence - b.sequence)
  return db.transaction().execute(async trx => {
    const fresh: Batch[] = []
    for (const batch of sorted) {
      if (await takeSequence(trx, batch.nodeId, batch.sequence)) fresh.push(batch)
    }
    for (const batch of fresh) await noteNode(trx, batch)
    await addRequests(
      trx,
      fresh.flatMap(({ requests }) => requests),
    )
    await addSlices(
      trx,
      fresh.flatMap(({ appSlices }) => appSlices),
      fresh.flatMap(({ endpointSlices }) => endpointSlices),
    )
    await addUsers(
      trx,
      fresh.flatMap(({ users }) => users),
    )
    for (const batch of fresh) {
      await addConnections(trx, batch.nodeId, batch)
      await addUnmeasured(trx, batch.nodeId, batch.unmeasured)
    }
    return fresh.length
  })
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

/** True when this sequence is new; then it is marked as applied. */
async function takeSequence(db: Kysely<Schema>, node: string, sequence: number): Promise<boolean> {
  // The row is there, and locked, before it is looked at: a batch may come again while the first try still runs.
  const { applied_up_to: upTo } = await db
    .insertInto('recorder_progress')
    .values({ node, applied_up_to: 0 })
    .onConflict(conflict =>
      conflict.column('node').doUpdateSet({ applied_up_to: sql`recorder_progress.applied_up_to` }),
    )
    .returning('applied_up_to')
    .executeTakeFirstOrThrow()
  if (sequence <= upTo) return false
  const ahead = await db
    .selectFrom('recorder_ahead')
    .select('sequence')
    .where('node', '=', node)
    .orderBy('sequence')
    .execute()
  if (ahead.some(row => row.sequence === sequence)) return false
  if (sequence > upTo + 1) {
    await db.insertInto('recorder_ahead').values({ node, sequence }).execute()
    return true
  }
  const reached = contiguous(
    sequence,
    ahead.map(row => row.sequence),
  )
  await db.updateTable('recorder_progress').set({ applied_up_to: reached }).where('node', '=', node).execute()
  await db.deleteFrom('recorder_ahead').where('node', '=', node).where('sequence', '<=', reached).execute()
  return true
}

/** How far an unbroken run reaches that starts at `from` and goes on in `ahead` (ascending). */
function contiguous(from: number, ahead: readonly number[]): number {
  let reached = from
  for (const sequence of ahead) if (sequence === reached + 1) reached = sequence
  return reached
}
