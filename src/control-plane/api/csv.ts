import { z } from '@hono/zod-openapi'
import type { ApiContext } from './deps.ts'
import { answers } from './route-parts.ts'

/** Tables that come as JSON or, if asked for, as CSV. */

export const formatQuery = z
  .enum(['json', 'csv'])
  .optional()
  .openapi({ description: '`csv`, or `Accept: text/csv`, answers a table.' })

export function tableAnswers<Body extends z.ZodType>(description: string, schema: Body) {
  const { 200: answer } = answers(200, description, schema)
  const content = { ...answer.content, 'text/csv': { schema: z.string() } }
  return { 200: { description, content } } as const
}

/** `format` wins over the header; JSON wins when a client takes both as gladly. */
export function wantsCsv(c: ApiContext, format: 'json' | 'csv' | undefined): boolean {
  if (format !== undefined) return format === 'csv'
  const accepted = c.req.header('accept') ?? ''
  return /\btext\/csv\b/i.test(accepted) && !/\bapplication\/json\b/i.test(accepted)
}

export function csvAnswer(c: ApiContext, text: string) {
  c.header('content-type', 'text/csv; charset=utf-8; header=present')
  return c.body(text, 200)
}
