import { randomUUID } from 'node:crypto'
import { type ChannelRow, cidOf } from './channels.ts'
import { type Database, parseFields } from './database.ts'
import { Problem } from './problem.ts'

/**
 * Stores a message. One with the id of a message that is there already is the same request once more, and
 * answers that message with `isNew: false`; or `conflict`, when author or content differ.
 */
export function addMessage(
  db: Database,
  channel: ChannelRow,
  user: string,
  { id = randomUUID(), text, ...fields }: { readonly id?: string | undefined; readonly text: string },
) {
  const { channel: _, user_id: __, created_at: ___, ...rest } = fields as Record<string, unknown>
  const custom = JSON.stringify(rest)
  const known = findMessage(db, channel, id)
  if (known === undefined) {
    const row = db.one<MessageRow>`
      INSERT INTO messages (channel, id, user, text, custom, created_at)
      VALUES (${channel.n}, ${id}, ${user}, ${text}, ${custom}, ${new Date().toISOString()}) RETURNING *`
    return { message: toMessage(row, cidOf(channel)), isNew: true }
  }
  if (known.user === user && known.text === text && known.custom === custom) {
    return { message: toMessage(known, cidOf(channel)), isNew: false }
  }
  throw new Problem('conflict', `message.id: ${id} is the id of another message in ${cidOf(channel)}.`)
}

/** The newest ones (those before the message `before`), oldest first. */
export function lastMessages(db: Database, channel: ChannelRow, limit: number, before?: string) {
  const end = before === undefined ? Number.MAX_SAFE_INTEGER : messageNumber(db, channel, before)
  const rows = db.all<MessageRow>`
    SELECT * FROM messages WHERE channel = ${channel.n} AND n < ${end} ORDER BY n DESC LIMIT ${limit}`
  return rows.map(row => toMessage(row, cidOf(channel))).toReversed()
}

/** The message's `n`, or `not-found`. */
export function messageNumber(db: Database, channel: ChannelRow, id: string): number {
  const row = findMessage(db, channel, id)
  if (row !== undefined) return row.n
  throw new Problem('not-found', `There is no message ${id} in ${cidOf(channel)}.`)
}

interface Search {
  readonly q: string
  /** Only in channels of this user; null: a server, which searches all. */
  readonly seenBy: string | null
  readonly type: string | null
  readonly id: string | null
  readonly limit: number
}

/** Messages with all the words, newest first; the last word may be a beginning, as in a search box. */
export function searchMessages(db: Database, app: string, { q, seenBy, type, id, limit }: Search) {
  const rows = db.all<MessageRow & { cid: string }>`
    SELECT m.*, c.type || ':' || c.id AS cid
    FROM message_words w JOIN messages m ON m.n = w.rowid JOIN channels c ON c.n = m.channel
    WHERE message_words MATCH ${toMatch(q)} AND c.app = ${app}
      AND (${type} IS NULL OR c.type = ${type}) AND (${id} IS NULL OR c.id = ${id})
      AND (${seenBy} IS NULL OR EXISTS (SELECT 1 FROM members WHERE channel = c.n AND user = ${seenBy}))
    ORDER BY w.rowid DESC LIMIT ${limit}`
  return rows.map(row => toMessage(row, row.cid))
}

/** Only letters and digits get through, each word quoted: FTS5's operators have no meaning here. */
function toMatch(q: string): string {
  const words = q.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  return `${words.map(word => `"${word}"`).join(' ')}*`
}

interface MessageRow {
  readonly n: number
  readonly id: string
  readonly user: string
  readonly text: string
  readonly custom: string
  readonly created_at: string
}

function findMessage(db: Database, { n }: ChannelRow, id: string): MessageRow | undefined {
  return db.find<MessageRow>`SELECT * FROM messages WHERE channel = ${n} AND id = ${id}`
}

function toMessage({ id, user, text, custom, created_at }: MessageRow, channel: string) {
  return { ...parseFields(custom), id, channel, user_id: user, text, created_at }
}
