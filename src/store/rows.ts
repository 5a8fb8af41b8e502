/**
 * One row a key, in the order of the keys: Postgres refuses an upsert that meets the same row twice, and two nodes
 * that lock rows in the same order never wait for each other in a circle.
 */
export function mergeBy<Row>(
  rows: readonly Row[],
  key: (row: Row) => readonly (string | number)[],
  merge: (one: Row, other: Row) => Row,
): Row[] {
  const merged = new Map<string, Row>()
  for (const row of rows) {
    const text = JSON.stringify(key(row))
    const present = merged.get(text)
    merged.set(text, present === undefined ? row : merge(present, row))
  }
  return [...merged].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row)
}

/** A database takes at most 32,766 parameters a statement; the widest row here has eight. */
const ROWS_A_STATEMENT = 500

export function* chunks<Row>(rows: readonly Row[]): Generator<Row[]> {
  for (let at = 0; at < rows.length; at += ROWS_A_STATEMENT) yield rows.slice(at, at + ROWS_A_STATEMENT)
}
