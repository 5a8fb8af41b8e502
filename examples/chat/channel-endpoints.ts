import * as bodies from './bodies.ts'
import { bodyOf, type Call, channelName, channelOf } from './call.ts'
import { actorOf, authorOf } from './caller.ts'
import { createChannel, findChannel, isMember, listChannels, toChannel } from './channels.ts'
import { publish, withPresence } from './chat.ts'
import { addMembers, listMembers, listReads, moveRead, unreadOf } from './members.ts'
import { lastMessages, messageNumber } from './messages.ts'
import { Problem } from './problem.ts'
import { meetUsers } from './users.ts'

/** How many members and read marks an answer shows; `member_count` is the whole number. */
const MOST_SHOWN = 100

export async function queryChannels(c: Call) {
  const { chat, caller } = c.var
  const { filter, limit, offset, user_id } = await bodyOf(c, bodies.queryChannels)
  const user = actorOf(caller, user_id)
  const { type = null, member = null } = filter ?? {}
  const rows = listChannels(chat.db, caller.app, { seenBy: caller.user ?? null, type, member, limit, offset })
  const channels = rows.map(row => ({
    channel: toChannel(chat.db, row),
    last_message: lastMessages(chat.db, row, 1)[0] ?? null,
    unread: user === undefined ? 0 : unreadOf(chat.db, row, user),
  }))
  return c.json({ channels })
}

/** A user who creates a channel is its first member. Into one that is there, only members bring others. */
export async function getOrCreateChannel(c: Call) {
  const { chat, caller } = c.var
  const { db } = chat
  const body = await bodyOf(c, bodies.getOrCreateChannel)
  const user = actorOf(caller, body.user_id)
  const name = channelName(c)
  const isNew = findChannel(db, caller.app, name) === undefined

  const { channel, added, messages } = db.transaction(() => {
    if (user !== undefined) meetUsers(db, caller.app, [user])
    const row = isNew ? createChannel(db, caller.app, name, user ?? null, body.data ?? {}) : channelOf(c)
    const first = isNew && user !== undefined ? [user] : []
    return {
      channel: row,
      added: addMembers(db, row, [...first, ...(body.members ?? [])]),
      messages: lastMessages(db, row, body.messages.limit, body.messages.before),
    }
  })
  if (added.length > 0) publish(chat, channel, { type: 'member.added', user_ids: added })
  const members = listMembers(db, channel, MOST_SHOWN)
  const answer = {
    channel: toChannel(db, channel),
    members: members.map(member => ({ ...member, user: withPresence(chat, caller.app, member.user) })),
    messages,
    reads: listReads(db, channel, MOST_SHOWN),
    unread: user === undefined ? 0 : unreadOf(db, channel, user),
  }
  return c.json(answer, isNew ? 201 : 200)
}

export async function markRead(c: Call) {
  const { chat, caller } = c.var
  const { message_id, user_id } = await bodyOf(c, bodies.markRead)
  const user = authorOf(caller, user_id)
  const channel = channelOf(c)
  if (!isMember(chat.db, channel, user))
    throw new Problem('not-a-member', `${user} has no read mark to move here.`)
  const to = message_id === undefined ? channel.last_message : messageNumber(chat.db, channel, message_id)
  const read = moveRead(chat.db, channel, user, to)
  publish(chat, channel, { type: 'message.read', user_id: user, read })
  return c.json({ read, unread: unreadOf(chat.db, channel, user) })
}
