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
  const byNode = [...Map.groupBy(batches, ({ nodeId }) => nodeId)].toSorted(([a], [b]) => compare(a, b))
  return db.transaction().execute(async trx => {
    const fresh: Batch[] = []
    for (const [nodeId, ofNode] of byNode) {
      const taken = await takeSequences(
        trx,
        nodeId,
        ofNode.map(({ sequence }) => sequence),
      )
      // Of a batch that is given twice at once, one.
      const once = new Map(ofNode.map(batch => [batch.sequence, batch]))
      fresh.push(...taken.map(sequence => once.get(sequence)!))
    }
    for (const [, ofNode] of Map.groupBy(fresh, ({ nodeId }) => nodeId)) await noteNode(trx, ofNode)
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

/** Those of a node's sequences that are new, ascending; from here on they are marked as applied. */
async function takeSequences(
  db: Kysely<Schema>,
  node: string,
  sequences: readonly number[],
): Promise<number[]> {
  // The row is there, and locked, before it is looked at: a batch may come again while the first try still runs.
  const { applied_up_to: upTo } = await db
    .insertInto('recorder_progress')
    .values({ node, applied_up_to: 0 })
    .onConflict(conflict =>
      conflict.column('node').doUpdateSet({ applied_up_to: sql`recorder_progress.applied_up_to` }),
    )
    .returning('applied_up_to')
    .executeTakeFirstOrThrow()
  const rows = await db.selectFrom('recorder_ahead').select('sequence').where('node', '=', node).execute()
  const ahead = new Set(rows.map(({ sequence }) => sequence))
  const fresh = [...new Set(sequences)]
    .filter(sequence => sequence > upTo && !ahead.has(sequence))
    .toSorted((a, b) => a - b)
  const reached = contiguous(upTo, new Set([...ahead, ...fresh]))
  const beyond = fresh.filter(sequence => sequence > reached)
  if (beyond.length > 0) {
    await db
      .insertInto('recorder_ahead')
      .values(beyond.map(sequence => ({ node, sequence })))
      .execute()
  }
  if (reached === upTo) return fresh
  await db.updateTable('recorder_progress').set({ applied_up_to: reached }).where('node', '=', node).execute()
  if (ahead.size > 0) {
    await db.deleteFrom('recorder_ahead').where('node', '=', node).where('sequence', '<=', reached).execute()
  }
  return fresh
}

/** How far an unbroken run reaches that goes on behind `from`. */
function contiguous(from: number, sequences: ReadonlySet<number>): number {
  let reached = from
  while (sequences.has(reached + 1)) reached++
  return reached
}
