import { z } from 'zod'
import { Problem } from './problem.ts'

/** What clients may send. Unknown fields are mistakes, but for the objects that take custom fields. */

const userId = z.string().min(1).max(255)
const slug = z.string().regex(/^[\w-]{1,64}$/, 'must be 1 to 64 letters, digits, - or _')
const id = z.string().min(1).max(255)
const limit = z.int().min(1).max(100)
const members = z.array(userId).min(1).max(100)

export const channelPath = z.object({ type: slug, id: slug })

export const upsertUsers = z.strictObject({
  users: z.record(userId, z.looseObject({ id: userId, name: z.string().max(255).optional() })),
})

export const queryChannels = z.strictObject({
  filter: z.strictObject({ type: slug.optional(), member: userId.optional() }).optional(),
  limit: limit.default(20),
  offset: z.int().min(0).max(999_999_999).default(0),
  user_id: userId.optional(),
})

export const getOrCreateChannel = z.strictObject({
  members: members.optional(),
  data: z.looseObject({}).optional(),
  messages: z.strictObject({ limit: limit.default(25), before: id.optional() }).prefault({}),
  user_id: userId.optional(),
})

export const sendMessage = z.strictObject({
  message: z.looseObject({ text: z.string().min(1).max(5000), id: id.optional() }),
  user_id: userId.optional(),
})

/** The server's own events begin like these: nobody else may send them. */
const OWN_EVENTS = /^(message|user|member|channel|health|error)(\.|$)/

const event = z.looseObject({
  type: z
    .string()
    .regex(/^[a-z][a-z0-9_.-]{0,63}$/, 'must be 1 to 64 of a-z, 0-9, _, . or -, a letter first')
    .refine(type => !OWN_EVENTS.test(type), 'is a name that only the API itself uses'),
})

export const sendEvent = z.strictObject({ event, user_id: userId.optional() })

/** Over a socket: an event says its channel, a health check says nothing else. */
export const socketMessage = z.looseObject({ type: z.string() })
export const socketEvent = event.extend({
  channel: z.string().regex(/^[\w-]{1,64}:[\w-]{1,64}$/, 'must be TYPE:ID'),
})

export const markRead = z.strictObject({ message_id: id.optional(), user_id: userId.optional() })

const number = (least: number, most: number, standard: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(least).max(most))
    .prefault(String(standard))

export const queryUsers = z.object({
  id: z.array(userId).max(100).optional(),
  limit: number(1, 100, 20),
  offset: number(0, 999_999_999, 0),
})

export const search = z.object({
  q: z
    .string()
    .max(200)
    .regex(/[\p{L}\p{N}]/u, 'must hold a letter or a digit'),
  channel_type: slug.optional(),
  channel_id: slug.optional(),
  limit: number(1, 100, 20),
})

/** The value as the schema says, or `bad-request` with every mistake and where it is. */
export function check<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const mistakes = result.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`)
  throw new Problem('bad-request', mistakes.join('; '))
}

/** Custom fields are written again as JSON, which cannot go down without end. */
const MAX_DEPTH = 32

export function parseJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Problem('bad-request', `This is not JSON: ${reason}`)
  }
  if (isWithin(value, MAX_DEPTH)) return value
  throw new Problem('bad-request', `JSON may be at most ${MAX_DEPTH} levels deep.`)
}

function isWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every(part => isWithin(part, levels - 1))
}
