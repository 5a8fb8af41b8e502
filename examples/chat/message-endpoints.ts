import * as bodies from './bodies.ts'
import { bodyOf, type Call, channelOf } from './call.ts'
import { authorOf } from './caller.ts'
import { publish } from './chat.ts'
import { addMessage, searchMessages } from './messages.ts'
import { meetUsers } from './users.ts'

export async function sendMessage(c: Call) {
  const { chat, caller } = c.var
  const body = await bodyOf(c, bodies.sendMessage)
  const user = authorOf(caller, body.user_id)
  const channel = channelOf(c)
  meetUsers(chat.db, caller.app, [user])
  const { message, isNew } = addMessage(chat.db, channel, user, body.message)
  if (isNew) publish(chat, channel, { type: 'message.new', user_id: user, message })
  return c.json({ message }, isNew ? 201 : 200)
}

/** Told to whoever is connected, and kept nowhere. */
export async function sendEvent(c: Call) {
  const { event, user_id } = await bodyOf(c, bodies.sendEvent)
  const user = authorOf(c.var.caller, user_id)
  return c.json({ event: publish(c.var.chat, channelOf(c), { ...event, user_id: user }) })
}

export function search(c: Call) {
  const { chat, caller } = c.var
  const { q, channel_type, channel_id, limit } = bodies.check(bodies.search, c.req.query())
  const where = { seenBy: caller.user ?? null, type: channel_type ?? null, id: channel_id ?? null }
  return c.json({ messages: searchMessages(chat.db, caller.app, { q, ...where, limit }) })
}
