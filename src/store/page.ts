import { type Expression, type SqlBool, sql } from 'kysely'

/** A page of a list that is ordered by an instant and an id. */
export interface Page {
  readonly limit: number
  /** The last item of the page before; undefined: from the start. */
  readonly after: { readonly ms: number; readonly id: string } | undefined
}

/** Rows that stand behind `position` in ascending order of (`column`, id). */
export function after(column: string, position: { ms: number; id: string }): Expression<SqlBool> {
  return sql<SqlBool>`(${sql.ref(column)}, id) > (${position.ms}, ${position.id})`
}
