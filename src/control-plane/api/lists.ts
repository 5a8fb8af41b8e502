import { z } from '@hono/zod-openapi'
import { ProblemError } from '../../http/problem.ts'
import type { Page } from '../../store/page.ts'

const MAX_ITEMS = 200

export const pageQuery = z.object({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_ITEMS)
    .default(50)
    .openapi({
      description: `How many items, at most ${MAX_ITEMS}.`,
      example: 50,
    }),
  cursor: z.string().max(500).optional().openapi({ description: '`nextCursor` of the page before.' }),
})

export type PageQuery = z.output<typeof pageQuery>

export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().openapi({ description: 'null: this was the last page.' }),
  })
}

/** The page to read: one more than asked for, which tells whether another page follows. */
export function pageOf({ limit, cursor }: PageQuery): Page {
  return { limit: limit + 1, after: cursor === undefined ? undefined : decode(cursor) }
}

export function listAnswer<Row, Item>(
  rows: readonly Row[],
  { limit }: PageQuery,
  position: (row: Row) => { ms: number; id: string },
  item: (row: Row) => Item,
): { items: Item[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const nextCursor = rows.length > limit && last !== undefined ? encode(position(last)) : null
  return { items: shown.map(item), nextCursor }
}

/** For lists of numbered things, newest first, whose cursor is the last number shown. */
export function numberOf(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor)
  throw new ProblemError('invalid-query', '`cursor` must be the `nextCursor` of an earlier answer.')
}

export function numberedAnswer<Row, Item>(
  rows: readonly Row[],
  { limit }: PageQuery,
  number: (row: Row) => number,
  item: (row: Row) => Item,
): { items: Item[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const nextCursor = rows.length > limit && last !== undefined ? String(number(last)) : null
  return { items: shown.map(item), nextCursor }
}

function encode({ ms, id }: { ms: number; id: string }): string {
  return Buffer.from(JSON.stringify([ms, id])).toString('base64url')
}

const position = z.tuple([z.number().int(), z.string()])

function decode(cursor: string): { ms: number; id: string } {
  const [ms, id] = parse(cursor)
  return { ms, id }
}

function parse(cursor: string): [number, string] {
  try {
    return position.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
  } catch (error) {
    const problem = new ProblemError(
      'invalid-query',
      '`cursor` must be the `nextCursor` of an earlier answer.',
    )
    problem.cause = error
    throw problem
  }
}
