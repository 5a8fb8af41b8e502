import { type Database, parseFields } from './database.ts'
import { Problem } from './problem.ts'

export interface ChannelName {
  readonly type: string
  readonly id: string
}

export interface ChannelRow extends ChannelName {
  readonly n: number
  readonly app: string
  readonly custom: string
  readonly created_by: string | null
  readonly created_at: string
  /** When the last message came, or the channel. */
  readonly active_at: string
  readonly message_count: number
  /** `n` of the newest message, or 0. */
  readonly last_message: number
}

export function findChannel(db: Database, app: string, { type, id }: ChannelName): ChannelRow | undefined {
  return db.find<ChannelRow>`SELECT * FROM channels WHERE app = ${app} AND type = ${type} AND id = ${id}`
}

/** The channel, or `not-found`; `not-a-member` unless `user` is one. No user is a server: it may enter. */
export function enterChannel(
  db: Database,
  app: string,
  name: ChannelName,
  user: string | undefined,
): ChannelRow {
  const channel = findChannel(db, app, name)
  if (channel === undefined) throw new Problem('not-found', `There is no channel ${cidOf(name)}.`)
  if (user === undefined || isMember(db, channel, user)) return channel
  throw new Problem('not-a-member', `${user} is not a member of ${cidOf(name)}.`)
}

export function isMember(db: Database, { n }: ChannelRow, user: string): boolean {
  return db.find`SELECT 1 FROM members WHERE channel = ${n} AND user = ${user}` !== undefined
}

export function createChannel(
  db: Database,
  app: string,
  name: ChannelName,
  createdBy: string | null,
  custom: object,
) {
  const now = new Date().toISOString()
  return db.one<ChannelRow>`
    INSERT INTO channels (app, type, id, custom, created_by, created_at, active_at)
    VALUES (${app}, ${name.type}, ${name.id}, ${JSON.stringify(custom)}, ${createdBy}, ${now}, ${now})
    RETURNING *`
}

interface ChannelQuery {
  /** Only channels of this user; null: a server, which sees all. */
  readonly seenBy: string | null
  readonly type: string | null
  readonly member: string | null
  readonly limit: number
  readonly offset: number
}

/** The last active one first. */
export function listChannels(
  db: Database,
  app: string,
  { seenBy, type, member, limit, offset }: ChannelQuery,
) {
  return db.all<ChannelRow>`
    SELECT * FROM channels c
    WHERE app = ${app} AND (${type} IS NULL OR type = ${type})
      AND (${seenBy} IS NULL OR EXISTS (SELECT 1 FROM members WHERE channel = c.n AND user = ${seenBy}))
      AND (${member} IS NULL OR EXISTS (SELECT 1 FROM members WHERE channel = c.n AND user = ${member}))
    ORDER BY active_at DESC, n DESC LIMIT ${limit} OFFSET ${offset}`
}

/** How messages and events name a channel. */
export function cidOf({ type, id }: ChannelName): string {
  return `${type}:${id}`
}

/** The channel as clients see it, counted anew. */
export function toChannel(db: Database, { n, type, id, custom, created_by, created_at }: ChannelRow) {
  const counts = db.one<{ active_at: string; message_count: number; member_count: number }>`
    SELECT active_at, message_count, (SELECT count(*) FROM members WHERE channel = ${n}) AS member_count
    FROM channels WHERE n = ${n}`
  return { ...parseFields(custom), cid: cidOf({ type, id }), type, id, created_by, created_at, ...counts }
}
