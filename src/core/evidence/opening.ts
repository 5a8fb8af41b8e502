import * as z from 'zod'
import { type Break, different, shown } from './break.ts'
import type { Hash } from './chain.ts'
import { commitmentTo } from './commitment.ts'
import type { DayRecord } from './record.ts'

const count = z.int().min(0).max(0xffffffff)

/** What a provider shows of a day to whoever doubts that all apps together were as the file says. */
const opening = z.strictObject({
  kind: z.literal('opening'),
  organization: z.string(),
  month: z.string(),
  app: z.string(),
  date: z.string(),
  /** Of the file that it opens. */
  head: z.string(),
  salt: z.string(),
  totals: z.array(z.tuple([count, count, count])),
})

export type Opening = z.output<typeof opening>

export interface ReadOpening {
  readonly value: Opening | undefined
  readonly breaks: readonly Break[]
}

/** Reads an opening. `line` in its breaks is that of the file it opens, or 1. */
export function readOpening(bytes: Uint8Array): ReadOpening {
  const broken = (field: string, expected: string, found: string): ReadOpening => ({
    value: undefined,
    breaks: [{ line: 1, field: `opening, ${field}`, expected, found }],
  })
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    // Bytes that are no UTF-8, and text that is no JSON.
    if (error instanceof TypeError || error instanceof SyntaxError) {
      return broken('the text', 'JSON', error.message)
    }
    throw error
  }
  const parsed = opening.safeParse(value)
  if (parsed.success) return { value: parsed.data, breaks: [] }
  const [issue] = parsed.error.issues
  return broken(issue?.path.join('.') || 'the text', issue?.message ?? 'an opening', shown(value))
}

/** Whether it is what the day's commitment was made to. */
export async function commitmentBreaks(
  { commitment, line }: Pick<DayRecord, 'commitment'> & { readonly line: number },
  { salt, app, date, totals }: Opening,
  hash: Hash,
): Promise<Break[]> {
  const made = await commitmentTo({ salt, app, date, totals }, hash)
  return different(line, 'commitment', made, commitment)
}
