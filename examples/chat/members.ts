import type { ChannelRow } from './channels.ts'
import type { Database } from './database.ts'
import { meetUsers, toUser, type UserRow } from './users.ts'

/** Counting stops there: nobody reads a larger number, and it keeps the query short. */
const MOST_UNREAD = 1000

/** What was said before they came counts as read. Answers who is new. */
export function addMembers(db: Database, channel: ChannelRow, users: readonly string[]): string[] {
  meetUsers(db, channel.app, users)
  const now = new Date().toISOString()
  const rows = db.all<{ user: string }>`
    INSERT INTO members (channel, user, joined_at, read_to, read_at)
    SELECT ${channel.n}, value, ${now}, ${channel.last_message}, ${now} FROM json_each(${JSON.stringify(users)})
    WHERE true ON CONFLICT DO NOTHING RETURNING user`
  return rows.map(row => row.user)
}

/** In the order in which they joined. */
export function listMembers(db: Database, { n, app }: ChannelRow, limit: number) {
  const rows = db.all<UserRow & { joined_at: string }>`
    SELECT u.*, m.joined_at FROM members m JOIN users u ON u.app = ${app} AND u.id = m.user
    WHERE m.channel = ${n} ORDER BY m.joined_at, m.user LIMIT ${limit}`
  return rows.map(({ joined_at, ...user }) => ({ user: toUser(user), joined_at }))
}

export function memberIds(db: Database, { n }: ChannelRow): string[] {
  return db.all<{ user: string }>`SELECT user FROM members WHERE channel = ${n}`.map(row => row.user)
}

/** Everybody else in the channels of a user. */
export function contactsOf(db: Database, app: string, user: string): string[] {
  const rows = db.all<{ user: string }>`
    SELECT DISTINCT other.user FROM members me
    JOIN channels c ON c.n = me.channel AND c.app = ${app}
    JOIN members other ON other.channel = me.channel AND other.user <> me.user
    WHERE me.user = ${user}`
  return rows.map(row => row.user)
}

/** How far a member has read. */
interface Read {
  readonly user_id: string
  readonly last_read_message_id: string | null
  readonly last_read_at: string
}

/** The latest reader first. */
export function listReads(db: Database, { n }: ChannelRow, limit: number): Read[] {
  return db.all<Read>`
    SELECT r.user AS user_id, m.id AS last_read_message_id, r.read_at AS last_read_at
    FROM members r LEFT JOIN messages m ON m.n = r.read_to
    WHERE r.channel = ${n} ORDER BY r.read_at DESC, r.user LIMIT ${limit}`
}

/** Moves a member's mark on to the message with number `to`. It never goes back. */
export function moveRead(db: Database, { n }: ChannelRow, user: string, to: number): Read {
  return db.one<Read>`
    UPDATE members SET read_to = max(read_to, ${to}), read_at = ${new Date().toISOString()}
    WHERE channel = ${n} AND user = ${user}
    RETURNING user AS user_id, read_at AS last_read_at,
      (SELECT id FROM messages WHERE n = read_to) AS last_read_message_id`
}

/** Messages of others after the user's mark; 0 for who is not a member. */
export function unreadOf(db: Database, { n }: ChannelRow, user: string): number {
  const { count } = db.one<{ count: number }>`
    SELECT count(*) AS count FROM (
      SELECT 1 FROM members r JOIN messages m ON m.channel = r.channel AND m.n > r.read_to AND m.user <> r.user
      WHERE r.channel = ${n} AND r.user = ${user} LIMIT ${MOST_UNREAD})`
  return count
}
