import * as bodies from './bodies.ts'
import { bodyOf, type Call } from './call.ts'
import { withPresence } from './chat.ts'
import { Problem } from './problem.ts'
import * as users from './users.ts'

export function getApp(c: Call) {
  const { chat, caller } = c.var
  const counts = { ...users.countsOf(chat.db, caller.app), connections: chat.sockets.count(caller.app) }
  // Weir sends no other name of an app than its id.
  return c.json({ app: { id: caller.app, name: caller.app, counts } })
}

export async function upsertUsers(c: Call) {
  const { chat, caller } = c.var
  const body = await bodyOf(c, bodies.upsertUsers)
  for (const [key, { id }] of Object.entries(body.users)) {
    if (id !== key) throw new Problem('bad-request', `users.${key}.id: must be the key it stands under.`)
    if (id !== (caller.user ?? id)) {
      throw new Problem(
        'not-allowed',
        `users.${id}: you are ${caller.user}; only a server may change others.`,
      )
    }
  }
  const saved = users.upsertUsers(chat.db, caller.app, Object.values(body.users))
  return c.json({
    users: Object.fromEntries(saved.map(user => [user.id, withPresence(chat, caller.app, user)])),
  })
}

export function queryUsers(c: Call) {
  const { chat, caller } = c.var
  const {
    id = [],
    limit,
    offset,
  } = bodies.check(bodies.queryUsers, { ...c.req.query(), id: c.req.queries('id') })
  const found = users.listUsers(chat.db, caller.app, id, limit, offset)
  return c.json({ users: found.map(user => withPresence(chat, caller.app, user)) })
}
