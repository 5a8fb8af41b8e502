import { z } from '@hono/zod-openapi'
import type { Actor } from './deps.ts'

/** Who did something, in an answer. A customer reads a name, as it would in a letter; ids are the provider's. */
export const personFields = {
  author: z
    .string()
    .nullable()
    .openapi({ description: '`operator`, `weir`, or the id of a member; null to a customer.' }),
  authorName: z.string().nullable().openapi({ example: 'Ada Lovelace' }),
}

export const internalReason = z
  .string()
  .nullable()
  .openapi({ description: 'For the provider alone: null to a customer.' })

/** Whose answer it is: what is internal is shown to the provider's own people. */
export function isProvider({ organizationId }: Pick<Actor, 'organizationId'>): boolean {
  return organizationId === undefined
}

export function showPerson(id: string, nameOf: (id: string) => string, toProvider: boolean) {
  return { author: toProvider ? id : null, authorName: nameOf(id) }
}
