import { type ChannelRow, cidOf } from './channels.ts'
import type { Database } from './database.ts'
import { memberIds } from './members.ts'
import type { Sockets } from './sockets.ts'
import type { User } from './users.ts'

/** What the endpoints work with: what is kept, and who is there. */
export interface Chat {
  readonly db: Database
  readonly sockets: Sockets
}

/** Tells every member's sockets, the author's too: it may have other devices. Answers the event. */
export function publish(
  { db, sockets }: Chat,
  channel: ChannelRow,
  event: { readonly type: string; readonly [field: string]: unknown },
) {
  const told = { ...event, channel: cidOf(channel), created_at: new Date().toISOString() }
  sockets.deliver(channel.app, memberIds(db, channel), told)
  return told
}

export function withPresence({ sockets }: Chat, app: string, user: User) {
  return { ...user, online: sockets.isOnline(app, user.id) }
}
