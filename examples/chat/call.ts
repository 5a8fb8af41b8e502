import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { z } from 'zod'
import { channelPath, check, parseJson } from './bodies.ts'
import type { Caller } from './caller.ts'
import { type ChannelName, type ChannelRow, enterChannel } from './channels.ts'
import type { Chat } from './chat.ts'
import { Problem } from './problem.ts'

export interface CallEnv {
  readonly Bindings: HttpBindings
  readonly Variables: { readonly chat: Chat; readonly caller: Caller }
}

/** What every endpoint is called with: `c.var` has the chat and who asks. */
export type Call = Context<CallEnv>

const MAX_BODY_BYTES = 256 * 1024

/** The JSON body as the schema says, or `bad-request`. No body at all is an empty object. */
export async function bodyOf<Schema extends z.ZodType>(c: Call, schema: Schema): Promise<z.output<Schema>> {
  const chunks: Buffer[] = []
  let bytes = 0
  // The connection stays, so that whoever sends too much can read why it was not taken.
  for await (const chunk of c.env.incoming.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES)
      throw new Problem('too-large', `The body may have at most ${MAX_BODY_BYTES} bytes.`)
    chunks.push(chunk)
  }
  return check(schema, bytes === 0 ? {} : parseJson(Buffer.concat(chunks).toString()))
}

export function channelName(c: Call): ChannelName {
  return check(channelPath, c.req.param())
}

/** The channel of the path: for users, one that they are members of; a server speaks everywhere. */
export function channelOf(c: Call): ChannelRow {
  return enterChannel(c.var.chat.db, c.var.caller.app, channelName(c), c.var.caller.user)
}
